# Guards: client commands are the client jar's, unchanged: its output, its signals, its exit status.

command_client() { # NAME ARGUMENT…
    _name=$1
    shift
    _build=yes
    case ${1:-} in
        -h | --help)
            if ! [ -f "$CLIENT_JAR" ]; then help_of "$_name"; exit 0; fi
            _build='' # help is no reason to wait for a build
            ;;
    esac
    choose_folders
    temporary
    ensure_jdk
    [ -z "$_build" ] || ensure_built
    export PALIMPSEST_DATA="$DATA"
    tell_terminal
    [ -n "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ] || export LC_ALL=C.UTF-8
    become "$JAVA" --enable-native-access=ALL-UNNAMED -jar "$CLIENT_JAR" "$_name" "$@"
}

# tell_terminal: what Java cannot find out by itself: how wide lines may be, and whether progress may be painted.
tell_terminal() {
    [ ! -t 2 ] || export PALIMPSEST_PAINT=yes
    if [ -t 1 ] && [ -z "${COLUMNS:-}" ]; then
        COLUMNS=$(stty size 2>/dev/null </dev/tty | cut -d' ' -f2 || true)
        export COLUMNS
    fi
}
