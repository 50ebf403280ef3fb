#!/bin/sh
# Writes the gateway's userlist where only the image's account (1654) can read it.
set -eu
umask 077
printf '"app" "%s"\n' "$APP_PASSWORD" >/secrets/userlist.txt
chown -R 1654:1654 /secrets
