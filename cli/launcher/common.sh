# Guards: every message goes to standard error in whole sentences, every exit status is one of 0, 1, 2, 3, and whatever
# this process started (children, progress lines, locks, temporary files) is gone when it ends, on every path out.
# Sets: PALIMPSEST_HOME, DATA, DOWNLOADS, TMP.

umask 022 # what is unpacked must be readable to the user that PostgreSQL runs as; secrets narrow it themselves

CHILD=      # the one foreground job (Maven, curl, …), started in the background so that a signal reaches us at once
TICKER=     # the process that paints its progress line
TMP=        # a private folder, made on first use
EXIT_ON_SIGNAL=3
AT_EXIT=true # what a command has to end besides

say() { printf 'palimpsest: %s\n' "$*" >&2; }

# could_not SENTENCE…: the command could not run.
could_not() {
    end_progress
    for _sentence in "$@"; do say "$_sentence"; done
    exit 3
}

# wrong_use SENTENCE [COMMAND]
wrong_use() {
    say "$1"
    printf 'usage: %s\n' "$(usage_of "${2:-}")" >&2
    exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" = 0 ]; }

# absolute PATH: the path seen from the root folder; its folder need not exist.
absolute() {
    case $1 in
        /*) printf '%s\n' "$1" ;;
        *) printf '%s/%s\n' "${PWD%/}" "$1" ;;
    esac
}

megabytes() { # BYTES -> "12.3 MB", "28 kB"
    if [ "$1" -ge 100000 ]; then printf '%s.%s MB' $(($1 / 1000000)) $(($1 / 100000 % 10))
    else printf '%s kB' $((($1 + 999) / 1000)); fi
}

seconds() { date +%s; }

nap() { sleep 0.2 2>/dev/null || sleep 1; }

temporary() { # makes sure that $TMP is there
    [ -n "$TMP" ] || TMP=$(mktemp -d "${TMPDIR:-/tmp}/palimpsest.XXXXXX") ||
        could_not "cannot make a temporary folder in ${TMPDIR:-/tmp}"
}

choose_folders() {
    if [ -z "${PALIMPSEST_HOME:-}" ]; then
        if is_root; then PALIMPSEST_HOME=/var/lib/palimpsest
        elif [ -n "${HOME:-}" ]; then PALIMPSEST_HOME=$HOME/.palimpsest
        else could_not "neither PALIMPSEST_HOME nor HOME is set, so there is no place for data and tools"; fi
    fi
    PALIMPSEST_HOME=$(absolute "$PALIMPSEST_HOME")
    DATA=$(absolute "${PALIMPSEST_DATA:-$PALIMPSEST_HOME/data}")
    DOWNLOADS=$(absolute "${PALIMPSEST_DOWNLOADS:-$PALIMPSEST_HOME/downloads}")
    case $PALIMPSEST_HOME in
        *:* | *\;*) could_not "PALIMPSEST_HOME must not contain ':' or ';': $PALIMPSEST_HOME" ;;
    esac
}

make_folder() { # FOLDER [MODE]
    if [ ! -d "$1" ]; then
        mkdir -p "$1" 2>/dev/null || could_not "cannot create the folder $1 (who may write there?)"
        [ -z "${2:-}" ] || chmod "$2" "$1"
    fi
    [ -w "$1" ] || could_not "cannot write into the folder $1"
}

# ---- progress -------------------------------------------------------------------------------------------------------

# paint TEXT: one line that is overwritten on a terminal.
paint() { printf '\r\033[K%s' "palimpsest: $1" >&2; }

# finish TEXT: the last state of a progress line.
finish() {
    if [ -t 2 ]; then printf '\r\033[Kpalimpsest: %s\n' "$1" >&2; else say "$1"; fi
}

# start_ticker SECONDS FUNCTION: paints what FUNCTION prints, each second on a terminal, else every SECONDS.
start_ticker() {
    (
        trap - EXIT INT TERM HUP
        _tick=0
        while sleep 1 && kill -0 $$ 2>/dev/null; do # ends with the launcher, even when that is killed
            _tick=$((_tick + 1))
            if [ -t 2 ]; then paint "$("$2" "$_tick")"
            elif [ $((_tick % $1)) = 0 ]; then say "$("$2" "$_tick")"; fi
        done
    ) &
    TICKER=$!
}

end_progress() {
    [ -n "$TICKER" ] || return 0
    kill "$TICKER" 2>/dev/null || true
    wait "$TICKER" 2>/dev/null || true
    TICKER=
    [ ! -t 2 ] || printf '\r\033[K' >&2
}

# in_child COMMAND…: runs it so that a signal to the launcher does not wait for its end; returns its status.
in_child() {
    "$@" &
    CHILD=$!
    _status=0
    wait "$CHILD" || _status=$?
    CHILD=
    return "$_status"
}

# long_step WHAT LOG COMMAND…: output into LOG, elapsed time as progress; returns the command's status.
long_step() {
    STEP_WHAT=$1
    _log=$2
    shift 2
    _began=$(seconds)
    [ -t 2 ] || say "$STEP_WHAT …"
    start_ticker 20 step_elapsed
    _result=0
    in_child "$@" >"$_log" 2>&1 || _result=$?
    end_progress
    [ "$_result" != 0 ] || finish "$STEP_WHAT: done in $(($(seconds) - _began)) s"
    return "$_result"
}

step_elapsed() { printf '%s … %s s' "$STEP_WHAT" "$1"; }

# ---- the ways out ---------------------------------------------------------------------------------------------------

stop_child() {
    [ -n "$CHILD" ] || return 0
    kill "$CHILD" 2>/dev/null || true
    wait "$CHILD" 2>/dev/null || true
    CHILD=
}

leave() {
    _leaving=$?
    trap '' INT TERM HUP
    trap - EXIT
    end_progress
    stop_child
    "$AT_EXIT"
    release_locks
    [ -z "$TMP" ] || rm -rf "$TMP"
    exit "$_leaving"
}

become() { # COMMAND…: it takes the launcher's place, with its terminal, signals and exit status
    trap - EXIT INT TERM HUP
    release_locks
    [ -z "$TMP" ] || rm -rf "$TMP"
    exec "$@"
}

# A signal during the preparations is "could not run"; once the service is started it is the ordinary end.
signalled() {
    end_progress
    [ "$EXIT_ON_SIGNAL" = 0 ] || say "stopped by a signal; run the same command again to go on"
    exit "$EXIT_ON_SIGNAL"
}

trap leave EXIT
trap signalled INT TERM HUP
