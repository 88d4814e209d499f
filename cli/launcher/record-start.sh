#!/bin/sh
# record-start.sh JAVA SERVICE_JAR MODEL CACHE: starts the service once, alone in an empty folder and without a database,
# and keeps the classes that it loads and how often their methods ran in CACHE (the AOT cache of JEP 483, 514 and 515).
# Guards: what is there afterwards is whole; whoever ends this process ends the service.
set -eu
java=$1 jar=$2 model=$3 cache=$4

place=$(mktemp -d "${TMPDIR:-/tmp}/palimpsest-start.XXXXXX")
service=
end() {
    [ -z "$service" ] || kill -9 "$service" 2>/dev/null || true
    rm -rf "$place" "$cache.new"
}
trap end EXIT
trap 'exit 1' INT TERM HUP

cd "$place"
nobody='jdbc:postgresql://127.0.0.1:1/none' # refuses at once
# shellcheck disable=SC2086 # a list of words
PALIMPSEST_HOST=127.0.0.1 PALIMPSEST_PORT=0 PALIMPSEST_AUTH_MODE=none PALIMPSEST_DATA="$place" PALIMPSEST_MODEL="$model" PALIMPSEST_DB_URL="$nobody" \
    PALIMPSEST_DB_OWNER_USER=nobody PALIMPSEST_DB_OWNER_PASSWORD=none PALIMPSEST_DB_APP_USER=nobody PALIMPSEST_DB_APP_PASSWORD=none \
    "$java" --enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector "-XX:AOTCacheOutput=$cache.new" -jar "$jar" >out 2>&1 </dev/null &
service=$!
waited=0
until grep -qs 'Listening on' out; do
    kill -0 "$service" 2>/dev/null && [ "$waited" -lt 120 ] || { cat out; exit 1; }
    sleep 1
    waited=$((waited + 1))
done
kill "$service"
wait "$service" || true # 143; the cache is written before it ends
service=
cat out
[ -s "$cache.new" ]
mv -f "$cache.new" "$cache"
