#!/bin/sh
# The launcher's own tests: `cli/launcher/test.sh CHECK` runs one, without an argument all. A check prints why it failed
# and ends with 1, or says what it lacks and ends with 77 (skipped). LauncherTest runs them in the build.
set -eu
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
ROOT=$(dirname "$(dirname "$HERE")")
FIXTURES=$HERE/fixtures
WORK=$(mktemp -d "${TMPDIR:-/tmp}/palimpsest-test.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
export PALIMPSEST_HOME="$WORK/home"
unset PALIMPSEST_DATA PALIMPSEST_PORT PALIMPSEST_MODEL PALIMPSEST_DB_URL PALIMPSEST_DOWNLOADS 2>/dev/null || true

fail() { echo "$*"; exit 1; }

skip() { echo "$*"; exit 77; }

# launch EXPECTED-STATUS ARGUMENT…: output in $WORK/out and $WORK/err
launch() {
    expected=$1
    shift
    status=0
    "${LAUNCHER:-$ROOT/palimpsest}" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
    [ "$status" = "$expected" ] || fail "\`palimpsest $*\` ended with $status, not $expected: $(cat "$WORK/err")"
}

says() { # TEXT on standard error
    grep -qF -- "$1" "$WORK/err" || fail "expected '$1' in: $(cat "$WORK/err")"
}

same() { # WHAT EXPECTED ACTUAL
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# with_parts COMMAND…: the launcher's functions, in a process of their own
with_parts() {
    sh -eu -c 'ROOT=$1; shift
        for part in common lock help http fetch unpack jdk maven postgres cluster database native build startcache run verify client bench demo doctor; do
            . "$ROOT/cli/launcher/$part.sh"; done
        "$@"' parts "$ROOT" "$@"
}

check_wrong_use_ends_with_two_and_a_usage_line() {
    for arguments in '' --bogus frobnicate 'run --bogus' 'run more' 'run --port' 'run --port 0' 'run --port 65536' \
        'run --port 80x' 'run --port 99999999999999999999' 'run --model' 'test --short' 'test more' bench 'bench frobnicate' \
        'demo --bogus' 'demo more' 'demo --model' 'doctor --bogus' 'doctor more'; do
        # shellcheck disable=SC2086 # a list of words
        launch 2 $arguments
        says 'usage: ./palimpsest'
    done
}

check_commands_of_later_versions_are_refused_plainly() {
    for name in pull models backup restore; do
        launch 2 "$name"
        says "this version of Palimpsest has no command \`$name\`"
    done
}

check_help_lists_exactly_the_commands_there_are() {
    launch 0 --help
    listed=$(sed -nE 's/^  ([a-z]+) +.*/\1/p' "$WORK/out" | tr '\n' ' ')
    same 'the listed commands' 'run test demo chat import export search bench eval key doctor ' "$listed"
    for name in $listed; do
        launch 0 "$name" --help
        [ -s "$WORK/out" ] || fail "\`$name --help\` printed nothing"
    done
    [ ! -e "$PALIMPSEST_HOME" ] || fail "asking for help made $PALIMPSEST_HOME"
}

check_missing_model_is_wrong_use() {
    launch 2 run --model "$WORK/none.gguf"
    says "there is no model file $WORK/none.gguf"
    PALIMPSEST_PORT=0 launch 2 run
    says "not '0'"
}

check_compose_file_is_accepted_and_holds_no_secret() {
    while read -r line; do # every secret comes from outside, and none has a default
        case $line in *PASSWORD*:*\${*:\?*}* | *PGPASSWORD=*) ;; *) fail "a password of its own: $line" ;; esac
    done <<EOF
$(grep -v '^ *#' "$ROOT/docker-compose.yml" | grep PASSWORD)
EOF
    compose=$(docker_compose) || skip "there is no docker-compose of version 2 here (a Debian package of that name)"
    cd "$ROOT"
    unset PALIMPSEST_DB_POSTGRES_PASSWORD PALIMPSEST_DB_OWNER_PASSWORD PALIMPSEST_DB_APP_PASSWORD PALIMPSEST_ADMIN_KEY
    ! $compose --env-file /dev/null -f docker-compose.yml config >"$WORK/out" 2>&1 || fail "it is accepted without passwords"
    grep -q 'PALIMPSEST_DB_[A-Z]*_PASSWORD' "$WORK/out" || fail "the missing password is not named: $(cat "$WORK/out")"
    PALIMPSEST_DB_POSTGRES_PASSWORD=one PALIMPSEST_DB_OWNER_PASSWORD=two PALIMPSEST_DB_APP_PASSWORD=three \
        PALIMPSEST_ADMIN_KEY=four $compose --env-file /dev/null -f docker-compose.yml config >"$WORK/out" 2>&1 ||
        fail "it is refused: $(cat "$WORK/out")"
    same 'addresses that ports are published on' 127.0.0.1 "$(sed -n 's/^ *host_ip: *//p' "$WORK/out")"
    same 'published ports' 1 "$(grep -c 'published:' "$WORK/out")"
    grep -q 'condition: service_healthy' "$WORK/out" || fail "the service does not wait for its database"
}

docker_compose() { # how it is called here
    for candidate in docker-compose /usr/libexec/docker/cli-plugins/docker-compose "${PALIMPSEST_DOCKER_COMPOSE:-}"; do
        if [ -n "$candidate" ] && is_compose "$("$candidate" version --short 2>/dev/null)"; then echo "$candidate"; return 0; fi
    done
    is_compose "$(docker compose version --short 2>/dev/null)" && echo 'docker compose'
}

is_compose() { # VERSION: the first one did not know names nor secrets from the environment
    case ${1#v} in [2-9]* | [1-9][0-9]*) return 0 ;; *) return 1 ;; esac
}

check_doctor_names_what_is_wrong_and_makes_nothing() {
    printf 'version https://git-lfs' >"$WORK/pointer.gguf"
    PALIMPSEST_MODEL=$WORK/pointer.gguf PALIMPSEST_PORT=1 launch 1 doctor
    grep -q '^  BAD   model .*is not a GGUF file' "$WORK/out" || fail "the model is not named: $(cat "$WORK/out")"
    grep -q '^ *mend: fetch it again' "$WORK/out" || fail "it is not said how to mend it: $(cat "$WORK/out")"
    grep -q '^  ok    tools ' "$WORK/out" || fail "the tools have no line: $(cat "$WORK/out")"
    grep -qE '^[1-9][0-9]* to mend\.$' "$WORK/out" || fail "nothing is counted: $(cat "$WORK/out")"
    [ ! -e "$PALIMPSEST_HOME" ] || fail "asking the doctor made $PALIMPSEST_HOME"
    mkdir -p "$PALIMPSEST_HOME/data/secrets"
    chmod 700 "$PALIMPSEST_HOME/data/secrets"
    printf word >"$PALIMPSEST_HOME/data/secrets/owner"
    chmod 644 "$PALIMPSEST_HOME/data/secrets/owner"
    PALIMPSEST_DB_URL=postgresql://owner:word@host/db launch 1 doctor
    grep -q "^  BAD   secrets .*secrets/owner is open to other users" "$WORK/out" || fail "open secrets pass: $(cat "$WORK/out")"
    grep -q "^  BAD   database .*there is missing: PALIMPSEST_DB_APP_PASSWORD" "$WORK/out" ||
        fail "the missing password is not named: $(cat "$WORK/out")"
}

check_left_demonstrations_are_cleared_away() {
    mkdir -p "$PALIMPSEST_HOME/demo.1/logs" "$PALIMPSEST_HOME/demo.2"
    printf 'pid=%s\nstart=1\n' $$ >"$PALIMPSEST_HOME/demo.1/run.lock" # a number that another process has now
    with_parts eval 'choose_folders; DATA=$PALIMPSEST_HOME/demo.3; mkdir "$DATA"; lock_try "$PALIMPSEST_HOME/demo.2/run.lock"; clear_left_demos
        cd "$PALIMPSEST_HOME"; echo demo.*' >"$WORK/left" 2>&1
    same 'what is left' 'demo.2 demo.3' "$(cat "$WORK/left")"
}

check_missing_bundled_model_is_said_and_no_hindrance() {
    same 'the model' '' "$(with_parts eval "ROOT='$WORK'; choose_model ''; printf '%s' \"\$MODEL\"" 2>"$WORK/err")"
    says "the bundled model is not there ($WORK/inference-engine/models/palimpsest-reader-q8_0.gguf)"
    mkdir -p "$WORK/inference-engine/models"
    : >"$WORK/inference-engine/models/palimpsest-reader-q8_0.gguf"
    same 'the model' "$WORK/inference-engine/models/palimpsest-reader-q8_0.gguf" \
        "$(with_parts eval "ROOT='$WORK'; choose_model ''; printf '%s' \"\$MODEL\"")"
}

check_runs_from_any_folder_and_through_links() {
    mkdir "$WORK/a folder"
    ln -s "$ROOT/palimpsest" "$WORK/a folder/first"
    ln -s 'a folder/first' "$WORK/second"
    cd "$WORK"
    LAUNCHER=./second launch 2 run --model none.gguf
    says "there is no model file $WORK/none.gguf"
    cd /
    LAUNCHER=$WORK/second launch 0 --help
}

check_folder_closed_to_postgres_is_named() {
    [ "$(id -u)" = 0 ] || skip "only root hands PostgreSQL to another user"
    mkdir -m 700 "$WORK/closed"
    chmod 755 "$WORK"
    PALIMPSEST_HOME=$WORK/closed/home launch 3 run
    says "cannot pass the folder $WORK/closed "
    PALIMPSEST_HOME=$WORK/open PALIMPSEST_DATA=$WORK/closed/data launch 3 run
    says "cannot pass the folder $WORK/closed "
    says PALIMPSEST_DATA
    [ ! -e "$WORK/closed/home" ] || fail "something was made in the closed folder"
}

check_database_address_lacking_credentials_says_which() {
    PALIMPSEST_DB_URL=mysql://host/db launch 2 run
    says 'must begin with postgresql://'
    PALIMPSEST_DB_URL=postgresql://owner:word@host/db launch 2 run
    says 'there is missing: PALIMPSEST_DB_APP_PASSWORD.'
    PALIMPSEST_DB_URL=jdbc:postgresql://host/db launch 2 run
    says 'PALIMPSEST_DB_OWNER_USER (or a user in the address), PALIMPSEST_DB_OWNER_PASSWORD'
}

check_database_addresses_lose_their_credentials() {
    while read -r address expected; do
        same "$address" "$expected" \
            "$(GIVEN=$address with_parts eval 'read_database_url "$GIVEN"; printf "%s|%s|%s" "$DB_URL" "$URL_USER" "$URL_PASSWORD"')"
    done <<'A'
postgresql://o%40x:p%3a%2Fw@host:5433/db?sslmode=require jdbc:postgresql://host:5433/db?sslmode=require|o@x|p:/w
jdbc:postgresql://host/db?user=a&ssl=true&password=b%26c jdbc:postgresql://host/db?ssl=true|a|b&c
postgres://host:1/db jdbc:postgresql://host:1/db||
jdbc:postgresql://[::1]:5432/db jdbc:postgresql://[::1]:5432/db||
A
}

check_mirror_is_found_in_sources_of_both_styles() {
    for case in one-line.list deb822.sources third-party.list disabled.sources no-debian.sources; do
        same "the mirror in $case" "$(sed -n 's/^# expect: *//p' "$FIXTURES/$case")" \
            "$(with_parts mirror_in_sources "$FIXTURES/$case")"
    done
    same 'the mirror in several files' 'http://mirror.example/debian' \
        "$(with_parts mirror_in_sources "$FIXTURES/absent.list" "$FIXTURES/third-party.list" "$FIXTURES/one-line.list")"
}

check_reports_are_summed() {
    printf '%s\n' "$FIXTURES/TEST-good.xml" "$FIXTURES/TEST-mixed.xml" >"$WORK/reports"
    same 'the sum' '5 passed, 3 failed, 3 skipped' "$(with_parts sum_reports <"$WORK/reports")"
    same 'the sum of nothing' '0 passed, 0 failed, 0 skipped' "$(with_parts sum_reports </dev/null)"
    with_parts tell_reports <"$WORK/reports" >"$WORK/told"
    same 'what is told' "$(cat "$FIXTURES/told.txt")" "$(cat "$WORK/told")"
}

check_health_answers_name_what_is_missing() {
    same 'the missing parts' 'model: no file "a.gguf", see --model; index' "$(with_parts missing_parts "$FIXTURES/health.json")"
}

check_packages_unpack_without_dpkg() {
    cd "$WORK"
    mkdir -p tree/usr/share/thing tree/usr/share/doc/thing
    echo content >tree/usr/share/thing/file
    echo prose >tree/usr/share/doc/thing/readme
    tar -C tree -cf - . | gzip >data.tar.gz
    size=$(wc -c <data.tar.gz | tr -d ' ')
    { # the archive as the format says: magic, then a 60 byte header for each member, padded to even length
        printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n%s\n' debian-binary 0 0 0 100644 4 2.0
        printf '%-16s%-12s%-6s%-6s%-8s%-10s`\n%s\n' control.tar.gz 0 0 0 100644 3 ab
        printf '\n%-16s%-12s%-6s%-6s%-8s%-10s`\n' data.tar.gz 0 0 0 100644 "$size"
        cat data.tar.gz
    } >thing.deb
    mkdir out bin
    for tool in sh tail head cut tr gzip wc printf cat; do ln -s "$(command -v $tool)" bin/$tool 2>/dev/null || true; done
    with_parts eval "PATH=$WORK/bin; data_of thing.deb" | tar -x -C out
    same 'the unpacked file' content "$(cat out/usr/share/thing/file)"
}

check_native_kernels_that_cannot_be_built_are_a_state() {
    mkdir -p "$WORK/target/launcher"
    with_parts eval "NATIVE=$WORK/native NATIVE_LIBRARY=$WORK/native/library.so NATIVE_KEY=$WORK/native/key
        real=\$ROOT ROOT=$WORK CXX=false; settle_native
        ROOT=\$real doctor_native; is_native_settled" >"$WORK/out" 2>"$WORK/err" || fail "it is a hindrance: $(cat "$WORK/err")"
    says 'no native kernels: '
    grep -q '^  note  native .*; the Vector API computes instead' "$WORK/out" || fail "the doctor says: $(cat "$WORK/out")"
    same 'lines of the reason' 1 "$(wc -l <"$WORK/native/library.so.absent" | tr -d ' ')"
    CXX='' with_parts eval "NATIVE_KEY=$WORK/native/key; is_native_settled" && fail "another compiler is not tried" || true
}

check_native_kernels_pass_their_own_test() {
    with_parts find_compiler || skip "there is no C++ compiler here"
    command -v make >/dev/null || skip "there is no make here"
    with_parts ensure_native >"$WORK/out" 2>&1 || fail "they cannot be built: $(cat "$WORK/out")"
    make -s -C "$ROOT/native/cpu" OUT="$ROOT/target/native" CXX="$(with_parts eval 'find_compiler; echo "$COMPILER"')" check >"$WORK/out" 2>&1 ||
        fail "$(cat "$WORK/out")"
    grep -q 'all is well' "$WORK/out" || fail "nothing was tested: $(cat "$WORK/out")"
}

check_a_recorded_start_is_read_only_while_it_is_the_newest() {
    touch -t 202001010000 "$WORK/java" "$WORK/service.jar"
    flag() { with_parts eval "JAVA=$WORK/java SERVICE_JAR=$WORK/service.jar START_CACHE=$WORK/service.aot; start_cache_flag"; }
    same 'the flag without a record' '' "$(flag)"
    touch -t 202001020000 "$WORK/service.aot"
    same 'the flag' "-XX:AOTCache=$WORK/service.aot" "$(flag)"
    for newer in java service.jar; do
        touch -t 202001030000 "$WORK/$newer"
        same "the flag with another $newer" '' "$(flag)"
        touch -t 202001010000 "$WORK/$newer"
    done
}

check_a_start_that_cannot_be_recorded_leaves_nothing() {
    printf '#!/bin/sh\necho no such thing\n' >"$WORK/java"
    chmod +x "$WORK/java"
    mkdir "$WORK/places"
    status=0
    TMPDIR="$WORK/places" sh "$HERE/record-start.sh" "$WORK/java" none none "$WORK/service.aot" >"$WORK/out" || status=$?
    same 'its status' 1 "$status"
    grep -q 'no such thing' "$WORK/out" || fail "it does not say why: $(cat "$WORK/out")"
    same 'what is left' '' "$(ls "$WORK/places")$(ls "$WORK" | grep aot || true)"
}

check_dead_holder_loses_its_lock_and_a_living_one_keeps_it() {
    printf 'pid=%s\nstart=1\naddress=there\n' $$ >"$WORK/lock" # this process, but with a start time of another
    same 'taking a dead holder'"'"'s lock' taken "$(with_parts eval "lock_try '$WORK/lock' address=here && echo taken")"
    [ ! -e "$WORK/lock" ] || fail "the lock outlived its holder"
    same 'a living holder' "refused there" "$(with_parts eval "lock_try '$WORK/lock' address=there
        sh -eu -c 'ROOT=\$1; for part in common lock help http fetch unpack jdk maven postgres cluster database native build startcache run verify client bench demo doctor; do . \"\$ROOT/cli/launcher/\$part.sh\"; done
            lock_try \"\$2\" || echo refused \"\$(lock_field \"\$2\" address)\"' other '$ROOT' '$WORK/lock'")"
}

check_scripts_are_plain_and_name_no_host() {
    for script in "$ROOT/palimpsest" "$ROOT/.ci/run" "$HERE"/*.sh; do
        sh -n "$script" || fail "$script is not what sh understands"
        head -n 2 "$script" | grep -q '^# ' || fail "$script has no comment on what it guards"
        ! grep -nE '^ *(local|declare|typeset) |[[][[] |<{3}|&[>]' "$script" || fail "$script uses more than POSIX has"
        [ "$(wc -l <"$script")" -le 500 ] || fail "$script is too long"
    done
    ! grep -rnE 'https?://[a-z0-9.-]+\.(org|com|net|io|dev)' "$ROOT/palimpsest" "$ROOT/.ci/run" "$HERE" || fail "a host's name stands here"
}

if [ $# -gt 0 ]; then
    "check_$1"
else
    result=0
    for check in $(sed -n 's/^check_\([a-z_]*\)() {.*/\1/p' "$HERE/test.sh"); do
        status=0
        reason=$("$HERE/test.sh" "$check") || status=$?
        case $status in 0) echo "ok       $check" ;; 77) echo "skipped  $check: $reason" ;; *) result=1 echo "FAILED   $check: $reason" ;; esac
        [ "$status" = 0 ] || [ "$status" = 77 ] || result=1
    done
    exit $result
fi
