#!/bin/sh
# Run once, on an empty volume: a database and an owner of its own for each service.
set -eu

create() {
  psql --set=ON_ERROR_STOP=1 --username=postgres --set=name="$1" --set=password="$2" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

create mobilite "$DATABASE_PASSWORD_MOBILITE"
create gateway "$DATABASE_PASSWORD_GATEWAY"
create esante "$DATABASE_PASSWORD_ESANTE"
create pilotes "$DATABASE_PASSWORD_PILOTES"
create keycloak "$DATABASE_PASSWORD_KEYCLOAK"
