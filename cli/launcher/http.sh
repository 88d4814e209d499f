# Guards: asking our own service over loopback never goes through a proxy and never hangs.

# http_status URL FILE: the body into FILE, the status printed (000 when nobody answers).
http_status() {
    if have curl; then
        curl -s --noproxy '*' --max-time 5 -o "$2" -w '%{http_code}' "$1" 2>/dev/null || true
    else
        _more=
        ! wget --help 2>&1 | grep -q content-on-error || _more='-t 1 --content-on-error'
        # shellcheck disable=SC2086 # a list of words
        if no_proxy='*' wget -q -T 5 $_more -O "$2" "$1" 2>/dev/null; then printf 200
        elif [ -s "$2" ]; then printf 503
        else printf 000; fi
    fi
}

# missing_parts FILE: a health answer's checks that are DOWN, "name: reason; name: reason".
missing_parts() {
    grep -oE '"([^"\\]|\\.)*"[[:space:]]*:[[:space:]]*"([^"\\]|\\.)*"' "$1" 2>/dev/null | awk '
        function flush() {
            if (name != "" && down) out = out (out == "" ? "" : "; ") name (why == "" ? "" : ": " why)
            name = ""; down = 0; why = ""
        }
        {
            key = $0; sub(/^"/, "", key); sub(/"[ \t]*:.*$/, "", key)
            value = $0; sub(/^"([^"\\]|\\.)*"[ \t]*:[ \t]*"/, "", value); sub(/"$/, "", value); gsub(/\\"/, "\"", value)
            if (key == "name") { flush(); name = value }
            else if (key == "status") down = (value == "DOWN")
            else if (name != "") why = why (why == "" ? "" : ", ") value
        }
        END { flush(); print out }'
}

# port_holder PORT: "pid NAME" of the process that listens there, "unknown" when somebody does whom we may not see,
# nothing when the port is free as far as can be told.
port_holder() {
    _inodes=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v want="$(printf '%04X' "$1")" '
        $4 == "0A" { split($2, at, ":"); if (at[2] == want && ($10 + 0) > 0) print $10 }')
    [ -n "$_inodes" ] || return 0
    for _inode in $_inodes; do
        for _fd in /proc/[0-9]*/fd; do
            # shellcheck disable=SC2012 # the names are numbers; only the link targets matter
            if ls -l "$_fd" 2>/dev/null | grep -q "socket:\[$_inode\]"; then
                _fd=${_fd%/fd}
                printf '%s %s\n' "${_fd#/proc/}" "$({ tr "\0" " " <"$_fd/cmdline"; } 2>/dev/null | cut -c1-60)"
                return 0
            fi
        done
    done
    echo unknown
}
