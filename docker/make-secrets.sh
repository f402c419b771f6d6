#!/bin/sh
# Makes the secrets of an installation, once: files that only their owner can read. What is there stays as it is.
#   docker/make-secrets.sh [FOLDER]      (docker/secrets unless named)
set -eu
umask 077
folder=${1:-"$(dirname "$0")/secrets"}
mkdir -p "$folder"

make() {
    if [ ! -s "$folder/$1" ]; then
        eval "$2" >"$folder/$1"
        echo "made: $folder/$1"
    fi
}

make jwt "head -c 64 /dev/urandom | od -An -vtx1 | tr -d ' \n'"
make api "head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n'"
make fernet "head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'"
make postgresql "head -c 24 /dev/urandom | od -An -vtx1 | tr -d ' \n'"
make redis "head -c 24 /dev/urandom | od -An -vtx1 | tr -d ' \n'"
make pseudonym "printf 'k1:'; head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n'"
# The containers' user reads them; as root they are given to it.
if [ "$(id -u)" = 0 ]; then chown -R 50000:50000 "$folder"; fi
