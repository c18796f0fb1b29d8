#!/bin/sh
# Run by the postgres image when its volume is new. For a database given by somebody else, run it by hand with
# POSTGRES_USER (who may make roles), POSTGRES_DB and the three passwords, or have their administrator do the same. Safe to
# repeat: it sets the passwords anew.
#
# continuity_owner owns the tables and the triggers that keep the custody record; only migrations connect as it.
# continuity_app is the program, continuity_sequencer puts the record into its tree and signs it. What they may do is
# granted after each migration: grants.sql.
set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --single-transaction \
    --username="${POSTGRES_USER:-postgres}" --dbname="$POSTGRES_DB" --set=database="$POSTGRES_DB" \
    --set=owner_password="$POSTGRES_OWNER_PASSWORD" --set=app_password="$POSTGRES_APP_PASSWORD" \
    --set=sequencer_password="$POSTGRES_SEQUENCER_PASSWORD" <<'SQL'
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['continuity_owner', 'continuity_app', 'continuity_sequencer']) AS name
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE continuity_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'owner_password';
ALTER ROLE continuity_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'app_password';
ALTER ROLE continuity_sequencer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'sequencer_password';
ALTER DATABASE :"database" OWNER TO continuity_owner;
ALTER SCHEMA public OWNER TO continuity_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO continuity_app, continuity_sequencer;
GRANT USAGE ON SCHEMA public TO continuity_app, continuity_sequencer;
SQL
