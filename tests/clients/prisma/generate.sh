#!/usr/bin/env bash
# Makes client.cjs from schema.prisma. Prisma's generator needs 300 MB of packages that the tests do not, so `./dev test --all` runs it and the default run skips Prisma where that was never done. The runtime comes from the package @prisma/client.
# Prisma's schema engine, a program that it would download, is not needed to generate: PRISMA_SCHEMA_ENGINE_BINARY names any program in its place.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --ignore-scripts --no-audit --no-fund prisma@7.10.0 @prisma/client@7.10.0
cp "$here/schema.prisma" .
PRISMA_SCHEMA_ENGINE_BINARY=$(command -v true) node node_modules/prisma/build/index.js generate --schema schema.prisma
sed -e "s|'./runtime/client.js'|'@prisma/client/runtime/client'|; s|require('./query_compiler_fast_bg\.\(wasm-base64\.\)\?js'|require('@prisma/client/runtime/query_compiler_fast_bg.postgresql.\1js'|" generated/index.js >"$here/client.cjs"
