#!/bin/sh
# Shows that a bare machine is enough: makes a minimal Debian in a folder, clones this repository into it, and there runs
# `./palimpsest run` three times (cold; with downloads cached and nothing built; a second start) and `./palimpsest test`.
# Prints a table. What it mounts and starts is gone at its end, on every path out.
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
for part in common lock help http fetch unpack jdk maven postgres cluster database native build startcache run verify client bench; do
    # shellcheck source=/dev/null
    . "$ROOT/cli/launcher/$part.sh"
done

ROOM='' KEEP='' CACHE='' ROOM_MODEL='' ROOM_PORT=18077 WITH_TEST=yes ROOM_USER=root
READY_SECONDS_MAX=1800

usage_of() { echo 'cli/launcher/clean-room.sh [--root DIR] [--keep] [--cache DIR] [--model FILE] [--port N] [--as-user] [--no-test]'; }

room_help() {
    printf 'usage: %s\n' "$(usage_of)"
    cat <<'T'

  --root DIR     where the minimal Debian is made (default: a new folder in /var/tmp); must not exist
  --keep         leave it there at the end
  --cache DIR    share downloads and the Maven repository between runs (the cold run is then as cold as DIR)
  --model FILE   a GGUF model file to run with, when the repository has no bundled one
  --port N       the service's port (default 18077)
  --as-user      run as a normal user in there, not as root
  --no-test      leave out `./palimpsest test`

Needs root (chroot, mount) and git. 512 MB to 3 GB of disk.
T
}

parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --root | --cache | --model | --port) [ $# -ge 2 ] || wrong_use "$1 needs a value" ;;
        esac
        case $1 in
            --root) ROOM=$(absolute "$2"); shift 2 ;;
            --cache) CACHE=$(absolute "$2"); shift 2 ;;
            --model) ROOM_MODEL=$(absolute "$2"); shift 2 ;;
            --port) ROOM_PORT=$2; shift 2 ;;
            --keep) KEEP=yes; shift ;;
            --as-user) ROOM_USER=someone; shift ;;
            --no-test) WITH_TEST=''; shift ;;
            -h | --help) room_help; exit 0 ;;
            *) wrong_use "clean-room.sh has no option $1" ;;
        esac
    done
    is_root || could_not "a clean room needs root: it mounts, and it changes its root folder"
    have git || could_not "git is needed here to clone the repository"
    [ -z "$ROOM_MODEL" ] || [ -f "$ROOM_MODEL" ] || wrong_use "there is no model file $ROOM_MODEL"
    if [ -z "$ROOM_MODEL" ] && ! [ -f "$ROOT/inference-engine/models/palimpsest-reader-q8_0.gguf" ]; then
        wrong_use "this repository has no bundled model yet, so readiness needs --model FILE"
    fi
    [ -n "$ROOM" ] || ROOM=/var/tmp/palimpsest-room.$$
    [ ! -e "$ROOM" ] || wrong_use "$ROOM is there already"
}

# ---- the room -------------------------------------------------------------------------------------------------------

make_room() {
    AT_EXIT=leave_room
    mkdir -p "$ROOM"
    PALIMPSEST_HOME=${CACHE:-$TMP}/tools
    DOWNLOADS=$PALIMPSEST_HOME/downloads
    mkdir -p "$PALIMPSEST_HOME"
    if have debootstrap; then DEBOOTSTRAP=debootstrap
    else
        fetch_tool debootstrap true debootstrap
        export DEBOOTSTRAP_DIR="$TOOL/usr/share/debootstrap"
        DEBOOTSTRAP=$TOOL/usr/sbin/debootstrap
    fi
    find_mirror
    find_keyring
    [ -n "$KEYRING" ] || could_not "Debian's keyring is needed here (package debian-archive-keyring)"
    [ -z "$CACHE" ] || mkdir -p "$CACHE/debs"
    long_step "making a minimal Debian in $ROOM" "$TMP/debootstrap.log" "$DEBOOTSTRAP" --variant=minbase --keyring="$KEYRING" \
        ${CACHE:+--cache-dir="$CACHE/debs"} --include=ca-certificates,curl,git,tar,xz-utils "$SUITE" "$ROOM" "$MIRROR" ||
        could_not "debootstrap failed: $(tail -n 2 "$TMP/debootstrap.log")"
}

furnish_room() { # what a machine on this network would have: names, certificate authorities, Maven's settings
    cp -L /etc/resolv.conf "$ROOM/etc/resolv.conf"
    cp -L /etc/hosts "$ROOM/etc/hosts"
    _bundle=$(ca_bundle)
    [ -z "$_bundle" ] || cp -L "$_bundle" "$ROOM/etc/ssl/certs/ca-certificates.crt"
    if [ "$ROOM_USER" = root ]; then ROOM_HOME=/root; else
        ROOM_HOME=/home/$ROOM_USER
        chroot "$ROOM" useradd -m "$ROOM_USER"
    fi
    mkdir -p "$ROOM$ROOM_HOME/.m2/repository" "$ROOM/var/cache/palimpsest"
    [ ! -f "${HOME:-/root}/.m2/settings.xml" ] || cp "${HOME:-/root}/.m2/settings.xml" "$ROOM$ROOM_HOME/.m2/"
    git clone -q "$ROOT" "$ROOM$ROOM_HOME/palimpsest"
    [ -z "$ROOM_MODEL" ] || cp "$ROOM_MODEL" "$ROOM$ROOM_HOME/model.gguf"
    mount -t proc proc "$ROOM/proc" || could_not "cannot mount proc in $ROOM (a container without that right?)"
    mkdir -p "$ROOM/dev/shm"
    mount -t tmpfs -o mode=1777 tmpfs "$ROOM/dev/shm" || could_not "cannot mount tmpfs in $ROOM/dev/shm"
    if [ -n "$CACHE" ]; then
        mkdir -p "$CACHE/downloads" "$CACHE/repository"
        mount --bind "$CACHE/downloads" "$ROOM/var/cache/palimpsest"
        mount --bind "$CACHE/repository" "$ROOM$ROOM_HOME/.m2/repository"
    fi
    [ "$ROOM_USER" = root ] || chroot "$ROOM" chown -R "$ROOM_USER:" "$ROOM_HOME" /var/cache/palimpsest
}

in_room() { # COMMAND…: in the clone, with little more than a PATH; replaces this (child) process
    set -- "PALIMPSEST_DOWNLOADS=/var/cache/palimpsest" "PALIMPSEST_PORT=$ROOM_PORT" HOME="$ROOM_HOME" \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ${ROOM_MODEL:+"PALIMPSEST_MODEL=$ROOM_HOME/model.gguf"} "$@"
    for _name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY MAVEN_OPTS MAVEN_ARGS PALIMPSEST_DEBIAN_MIRROR; do
        eval "_value=\${$_name:-}"
        [ -z "$_value" ] || set -- "$_name=$_value" "$@"
    done
    # shellcheck disable=SC2016 # the inner shell expands
    exec chroot ${ROOM_IDS:+"--userspec=$ROOM_IDS"} "$ROOM" env -i "$@"
}

run_in_room() { # ARGUMENT… of the launcher
    in_room sh -c 'cd "$HOME/palimpsest" && exec ./palimpsest "$@"' sh "$@"
}

room_processes() {
    for _process in /proc/[0-9]*; do
        case $(readlink "$_process/root" 2>/dev/null) in
            "$ROOM" | "$ROOM"/*) echo "${_process#/proc/}" ;;
        esac
    done
}

leave_room() {
    for _signal in TERM KILL; do
        _inhabitants=$(room_processes)
        [ -n "$_inhabitants" ] || break
        # shellcheck disable=SC2086 # a list of numbers
        kill -$_signal $_inhabitants 2>/dev/null || true
        for _second in 1 2 3 4 5 6 7 8 9 10; do [ -z "$(room_processes)" ] || sleep 1; done
    done
    sed 's/^[^ ]* \([^ ]*\) .*/\1/' /proc/mounts | grep -F "$ROOM/" | sort -r | while IFS= read -r _mount; do
        umount "$_mount" || umount -l "$_mount" || true
    done
    if grep -qF " $ROOM/" /proc/mounts; then say "something is still mounted below $ROOM; it stays"
    elif [ -z "$KEEP" ]; then rm -rf --one-file-system "$ROOM"
    else say "the room stays in $ROOM"; fi
}

# ---- the figures ----------------------------------------------------------------------------------------------------

row() { printf '%-46s %s\n' "$1" "$2" >>"$TMP/table"; }

kilobytes() { du -skx "$@" 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'; }

# measure_run LABEL: starts it, waits for readiness, stops it; ELAPSED is the time until ready.
measure_run() {
    say "-- $1"
    _log=$TMP/run.log
    _from=$(seconds)
    (trap - EXIT INT TERM HUP; run_in_room run) >"$_log" 2>&1 </dev/null &
    CHILD=$!
    until [ "$(http_status "http://127.0.0.1:$ROOM_PORT/q/health/ready" "$TMP/ready")" = 200 ]; do
        kill -0 "$CHILD" 2>/dev/null || room_failed "$1: \`run\` ended before it was ready"
        [ $(($(seconds) - _from)) -lt $READY_SECONDS_MAX ] || room_failed "$1: not ready after $READY_SECONDS_MAX s"
        nap
    done
    ELAPSED=$(($(seconds) - _from))
    sed 's/^/    /' "$_log" >&2
    _from=$(seconds)
    kill -TERM "$CHILD"
    _ended=0
    wait "$CHILD" || _ended=$?
    CHILD=
    [ "$_ended" = 0 ] || room_failed "$1: SIGTERM ended \`run\` with $_ended, not 0"
    [ -z "$(room_processes)" ] || room_failed "$1: \`run\` left processes behind: $(room_processes | tr '\n' ' ')"
    row "$1: ready after" "$ELAPSED s (stopped in $(($(seconds) - _from)) s)"
}

room_failed() {
    tail -n 40 "$_log" | sed 's/^/    /' >&2
    could_not "$1"
}

measure_all() {
    _cold='first run, cold'
    [ "$(kilobytes "$ROOM/var/cache/palimpsest" "$ROOM$ROOM_HOME/.m2/repository")" -lt 10000 ] || _cold='first run, with what --cache held'
    measure_run "$_cold"
    row '  fetched by the launcher' "$(sed -nE 's/^palimpsest: fetched [a-z0-9-]+: ([0-9.]+) MB in ([0-9]+) s$/\1 \2/p' "$_log" |
        awk '{ mb += $1; s += $2 } END { printf "%.1f MB in %d s (%.1f MB/s)", mb, s, mb / (s > 0 ? s : 1) }')"
    row '  Maven repository (fetched during the build)' "$(($(kilobytes "$ROOM$ROOM_HOME/.m2/repository") / 1000)) MB"
    row '  built' "$(sed -nE 's/^palimpsest: building Palimpsest: done in //p' "$_log")"
    if [ "$ROOM_USER" = root ]; then _home=$ROOM/var/lib/palimpsest; else _home=$ROOM$ROOM_HOME/.palimpsest; fi
    rm -rf --one-file-system "$_home"
    git -c safe.directory='*' -C "$ROOM$ROOM_HOME/palimpsest" clean -xfdq
    measure_run 'first run, downloads cached, nothing built'
    measure_run 'second start'
    [ -n "$WITH_TEST" ] || return 0
    say "-- ./palimpsest test"
    _from=$(seconds)
    _tested=0
    (trap - EXIT INT TERM HUP; run_in_room test) >"$TMP/test.log" 2>&1 </dev/null || _tested=$?
    [ "$_tested" = 0 ] || { grep -E '^\[(ERROR|FATAL)\]|^palimpsest:' "$TMP/test.log" | head -n 60 >&2; }
    grep -E '^(.\[0m)*(failed: |skipped [0-9])' "$TMP/test.log" >&2 || true
    row "./palimpsest test (status $_tested, $(($(seconds) - _from)) s)" "$(tail -n 1 "$TMP/test.log")"
    return "$_tested"
}

parse "$@"
temporary
: >"$TMP/table"
make_room
furnish_room
ROOM_IDS=
[ "$ROOM_USER" = root ] || ROOM_IDS=$(chroot "$ROOM" id -u "$ROOM_USER"):$(chroot "$ROOM" id -g "$ROOM_USER")
_room=0
measure_all || _room=1
row 'machine' "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
cat "$TMP/table"
exit "$_room"
