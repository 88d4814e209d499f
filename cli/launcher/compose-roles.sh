#!/bin/sh
# Guards: the database of docker-compose.yml gets the two roles and the extension that the service needs, once, when its
# volume is new. Passwords come from the environment and go into no argument list and no log.
set -eu

psql -X -q -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
SET log_min_error_statement = 'panic';
\getenv owner_password PALIMPSEST_DB_OWNER_PASSWORD
\getenv app_password PALIMPSEST_DB_APP_PASSWORD
CREATE ROLE palimpsest LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE palimpsest_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD :'app_password';
CREATE DATABASE palimpsest OWNER palimpsest;
\connect palimpsest
REVOKE ALL ON DATABASE palimpsest FROM PUBLIC;
GRANT CONNECT ON DATABASE palimpsest TO palimpsest_app;
CREATE EXTENSION IF NOT EXISTS vector;
SQL
