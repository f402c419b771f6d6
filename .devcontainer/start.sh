#!/usr/bin/env bash
# PostgreSQL for the tests that need it, with their database. Run each time the container starts.
set -euo pipefail
if ! (exec 3<>/dev/tcp/127.0.0.1/5432) 2>/dev/null; then
  for cluster in /etc/postgresql/*/main; do
    pg_ctlcluster --skip-systemctl-redirect "$(basename "$(dirname "$cluster")")" main start
  done
fi
found=$(psql --host 127.0.0.1 --username postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'test'")
[ -n "$found" ] || createdb --host 127.0.0.1 --username postgres test
