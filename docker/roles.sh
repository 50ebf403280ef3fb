#!/bin/sh
# Run once by the postgres image when it makes a cluster, on the main server and on the shadow server.
# Makes the owner of database app, the application's role, and the role that makes scratch databases.
set -eu
psql -v ON_ERROR_STOP=1 --username postgres -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" -v shadow_password="$SHADOW_PASSWORD" <<'SQL'
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
CREATE ROLE app_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE app LOGIN PASSWORD :'app_password';
CREATE ROLE lockplane_shadow LOGIN CREATEDB CREATEROLE PASSWORD :'shadow_password';
GRANT CONNECT ON DATABASE postgres TO lockplane_shadow;
CREATE DATABASE app OWNER app_owner;
REVOKE ALL ON DATABASE app FROM PUBLIC;
GRANT CONNECT ON DATABASE app TO app;
SQL
