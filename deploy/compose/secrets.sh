#!/bin/sh
# Makes the secrets that compose.yaml mounts, each once: one that is there stays as it is. They lie in a folder that only
# its owner enters; the files themselves are readable, since each container reads them as a user of its own.
set -eu

folder=${1:-"$(dirname "$0")/secrets"}
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

keep() {
    if [ ! -s "$1" ]; then
        printf '%s\n' "$2" > "$1.new"
        chmod 444 "$1.new"
        mv "$1.new" "$1"
    fi
}

# 32 random bytes, in letters that need no escape in an address
random() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

keep master_key "$(random)"
keep secret_key "$(random)"
keep metrics_token "$(random)"
for role in database_password database_password_owner database_password_app redis_password; do
    keep "$role" "$(random)"
done
keep database_url "postgresql://portal_app:$(cat database_password_app)@database/portal"
keep database_url_owner "postgresql://portal_owner:$(cat database_password_owner)@database/portal"
keep redis_url "redis://portal:$(cat redis_password)@redis:6379/0"
keep redis_users "user default off
user portal on >$(cat redis_password) ~* &* +@all -@dangerous +info +keys"

echo "The secrets are in $folder. Back up master_key, apart from the database: without it nobody signs in."
