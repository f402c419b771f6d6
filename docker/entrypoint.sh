#!/bin/sh
# What a container of the image does: set-up once, or one part of Airflow for as long as it lives.
set -eu

: "${TASKING_SECRETS_FOLDER:=/run/secrets/tasking}"

# Secrets are files that only this user can read, made by `docker/make-secrets.sh`; Airflow wants them in its environment.
secret() {
    if [ -r "$TASKING_SECRETS_FOLDER/$1" ]; then cat "$TASKING_SECRETS_FOLDER/$1"; fi
}

password=$(secret postgresql)
at="${POSTGRESQL_HOST:-postgresql}:5432"
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="postgresql+psycopg2://airflow:${password}@${at}/airflow"
export AIRFLOW__CELERY__RESULT_BACKEND="db+postgresql://airflow:${password}@${at}/airflow"
AIRFLOW__CELERY__BROKER_URL="redis://:$(secret redis)@${REDIS_HOST:-redis}:6379/0"
AIRFLOW__API_AUTH__JWT_SECRET=$(secret jwt)
AIRFLOW__API__SECRET_KEY=$(secret api)
AIRFLOW__CORE__FERNET_KEY=$(secret fernet)
export AIRFLOW__CELERY__BROKER_URL AIRFLOW__API_AUTH__JWT_SECRET AIRFLOW__API__SECRET_KEY AIRFLOW__CORE__FERNET_KEY
export TASKING_DATABASE_URL="postgresql+psycopg://airflow:${password}@${at}/tasking"
export TASKING_AIRFLOW_DATABASE_URL="$AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"

# One key for all workers; without it each would make its own on its own disk.
key=$(secret pseudonym)
if [ -n "$key" ]; then export TASKING_PSEUDONYM_KEY="$key"; fi

case "${1:-api-server}" in
    set-up)
        airflow db migrate
        tasking access apply
        ;;
    api-server | dag-processor | scheduler | triggerer)
        part=$1
        shift
        if [ "$part" = scheduler ] || [ "$part" = triggerer ]; then set -- --skip-serve-logs "$@"; fi
        exec airflow "$part" "$@"
        ;;
    worker)
        shift
        exec airflow celery worker "$@"
        ;;
    *)
        exec "$@"
        ;;
esac
