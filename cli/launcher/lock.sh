# Guards: one holder per lock file. The file appears by a hard link, complete and at once; it names its holder's pid and
# start time, so a holder that was killed (or whose number was given to another process) is recognised and replaced.

LOCKS=''    # the files we hold, one per line

process_start() { # PID -> when it was started, in a form that only serves to compare
    if [ -r "/proc/$1/stat" ]; then sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
    else ps -o lstart= -p "$1" 2>/dev/null | tr -s ' ' '_'; fi
}

is_running() { # PID START
    [ -n "$1" ] && [ -n "$2" ] && [ "$(process_start "$1")" = "$2" ]
}

lock_field() { # FILE NAME
    sed -n "s/^$2=//p" "$1" 2>/dev/null | head -n 1
}

holder_lives() { # FILE
    is_running "$(lock_field "$1" pid)" "$(lock_field "$1" start)"
}

# lock_try FILE [NAME=VALUE…]: returns 1 when another living process holds it.
lock_try() {
    _lock=$1
    _mine=$1.$$
    shift
    printf '%s\n' "pid=$$" "start=$(process_start $$)" "$@" >"$_mine" || could_not "cannot write $_mine (is the disk full?)"
    _tries=0
    while ! ln "$_mine" "$_lock" 2>/dev/null; do
        _tries=$((_tries + 1))
        if holder_lives "$_lock" || [ "$_tries" -gt 20 ]; then
            rm -f "$_mine"
            return 1
        fi
        # Take the dead holder's file away by a rename, which only one contender wins; look again before it goes.
        if mv "$_lock" "$_mine.old" 2>/dev/null; then
            ! holder_lives "$_mine.old" || ln "$_mine.old" "$_lock" 2>/dev/null || true
            rm -f "$_mine.old"
        fi
    done
    rm -f "$_mine"
    LOCKS="$LOCKS$_lock
"
}

# lock_wait FILE WHAT: waits for a holder that is at work, half an hour at most.
lock_wait() {
    _waited=0
    while ! lock_try "$1"; do
        [ "$_waited" != 0 ] || say "waiting for another palimpsest (pid $(lock_field "$1" pid)) that is $2"
        _waited=$((_waited + 1))
        [ "$_waited" -lt 1800 ] || could_not "gave up waiting for the lock $1"
        sleep 1
    done
}

unlock() { # FILE
    rm -f "$1"
    LOCKS=$(printf '%s' "$LOCKS" | grep -vxF "$1" || true)
    [ -z "$LOCKS" ] || LOCKS="$LOCKS
"
}

release_locks() {
    printf '%s' "$LOCKS" | while IFS= read -r _held; do rm -f "$_held"; done
    LOCKS=''
}
