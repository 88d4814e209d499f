# Guards: nothing is unpacked whose SHA-256 does not come from Debian's signed index or, where no keyring is here, from
# the pinned sums in this folder; no download is taken for whole before its sum is right; no host's name stands here:
# the mirror is the one that this machine's apt configuration or PALIMPSEST_DEBIAN_MIRROR names.

SUITE=trixie
PINNED= # set where the pins and no signature verify

architecture() {
    case $(uname -s)-$(uname -m) in
        Linux-x86_64) ARCH=amd64 TRIPLET=x86_64-linux-gnu LOADER=ld-linux-x86-64.so.2 ;;
        Linux-aarch64) ARCH=arm64 TRIPLET=aarch64-linux-gnu LOADER=ld-linux-aarch64.so.1 ;;
        *) could_not "this machine is a $(uname -s) on $(uname -m); programs can be fetched for Linux on x86-64 and arm64 only" \
            "Install $1 yourself and run again (docs/operating.md says how it is found)." ;;
    esac
}

# ---- where from -----------------------------------------------------------------------------------------------------

# mirror_in_sources FILE…: the first address of Debian itself in apt's sources, one-line or deb822.
mirror_in_sources() {
    for _sources in "$@"; do
        [ ! -r "$_sources" ] || { cat "$_sources"; echo; }
    done | awk '
        function offer(uri, suites, components, types,    n, s, i) {
            if (types !~ /(^| )deb( |$)/ || components !~ /(^| )main( |$)/ || uri ~ /security/) return
            n = split(suites, s, " ")
            for (i = 1; i <= n; i++)
                if (s[i] ~ /^(stable|oldstable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke)(-updates|-backports)?$/) {
                    sub(/\/+$/, "", uri)
                    if (uri ~ /\/debian$/ && best == "") best = uri
                    if (any == "") any = uri
                    return
                }
        }
        function stanza(    n, u, i) {
            if (!off) { n = split(f["uris"], u, " "); for (i = 1; i <= n; i++) offer(u[i], f["suites"], f["components"], f["types"]) }
            delete f["uris"]; delete f["suites"]; delete f["components"]; delete f["types"]; off = 0; field = ""
        }
        { sub(/\r$/, "") }
        /^[ \t]*#/ { next }
        /^[ \t]*$/ { stanza(); next }
        /^deb(-src)?[ \t]/ {
            line = $0; sub(/\[[^]]*\][ \t]*/, "", line); n = split(line, w, " ")
            rest = ""; for (i = 4; i <= n && w[i] !~ /^#/; i++) rest = rest " " w[i]
            offer(w[2], w[3], rest, w[1]); next
        }
        /^[ \t]/ { if (field != "") f[field] = f[field] " " $0; next }
        /^[A-Za-z-]+:/ {
            field = tolower(substr($0, 1, index($0, ":") - 1)); value = substr($0, index($0, ":") + 1)
            if (field == "enabled") off = (value ~ /^[ \t]*(no|false|0|off|without|disable)[ \t]*$/)
            else f[field] = value
        }
        END { stanza(); print best == "" ? any : best }'
}

find_mirror() { # sets MIRROR
    MIRROR=${PALIMPSEST_DEBIAN_MIRROR:-}
    if [ -z "$MIRROR" ] && have apt-get; then
        MIRROR=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>/dev/null |
            awk '$1 == "Debian" && $3 !~ /security/ && $2 !~ /security/ { print $2; exit }')
    fi
    [ -n "$MIRROR" ] || MIRROR=$(mirror_in_sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
        /etc/apt/sources.list.d/*.sources)
    MIRROR=${MIRROR%/}
    [ -n "$MIRROR" ] || could_not "no Debian mirror is known here: apt's sources on this machine name none" \
        "Set PALIMPSEST_DEBIAN_MIRROR to the address of one, the part before /dists, and run again."
}

find_keyring() { # sets KEYRING, empty when there is none
    KEYRING=
    for _keyring in "${PALIMPSEST_DEBIAN_KEYRING:-}" /usr/share/keyrings/debian-archive-keyring.gpg \
        /usr/share/keyrings/debian-archive-keyring.pgp; do
        if [ -n "$_keyring" ] && [ -r "$_keyring" ]; then KEYRING=$_keyring; return 0; fi
    done
}

# ---- what: lists of "package sha256 size address" -------------------------------------------------------------------

private_apt() { # apt-get with its own lists and sources, and this machine's proxies
    apt-get -q -o Dir::State::Lists="$APT/lists" -o Dir::State::status="$APT/status" -o Dir::Cache="$APT/cache" \
        -o Dir::Etc::SourceList="$APT/sources.list" -o Dir::Etc::SourceParts="$APT/empty" \
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts="$APT/empty" \
        -o APT::Sandbox::User="$(id -un)" -o APT::Update::Error-Mode=any -o APT::Architecture="$ARCH" \
        -o APT::Architectures="$ARCH" -o Acquire::Languages=none -o Acquire::GzipIndexes=true -o Acquire::Retries=3 "$@"
}

# Returns 1 when the keyring does not know the archive's key; other failures end the program.
update_index_with_apt() {
    APT=$TMP/apt
    [ ! -e "$APT/updated" ] || return 0
    mkdir -p "$APT/lists/partial" "$APT/cache/archives/partial" "$APT/empty"
    : >"$APT/status"
    printf 'deb [arch=%s signed-by=%s] %s %s main\n' "$ARCH" "$KEYRING" "$MIRROR" "$SUITE" >"$APT/sources.list"
    if ! long_step "reading Debian's package index" "$APT/log" private_apt update; then
        ! grep -qiE 'NO_PUBKEY|missing key|no public key|unusable key' "$APT/log" || return 1
        could_not "Debian's package index could not be had or verified from $MIRROR" \
            "apt says: $(grep -E '^(E|W|Err)' "$APT/log" | head -n 2 | tr '\n' ' ')"
    fi
    : >"$APT/updated"
}

resolve_with_apt() { # FILE PACKAGE…
    _into=$1
    shift
    private_apt download --print-uris "$@" >"$TMP/uris" 2>"$TMP/uris.log" ||
        could_not "Debian's index lacks a package: $(grep '^E' "$TMP/uris.log" | head -n 1)"
    sed -nE "s/^'([^']+)' ([^_]+)_[^ ]+ ([0-9]+) SHA256:([0-9a-f]{64}).*/\2 \4 \3 \1/p" "$TMP/uris" >"$_into"
}

resolve_with_gpgv() { # FILE PACKAGE…
    _into=$1
    shift
    _index=main/binary-$ARCH/Packages.xz
    if [ ! -s "$TMP/Packages" ]; then
        download "$MIRROR/dists/$SUITE/InRelease" "$TMP/InRelease" 0 "Debian's release file"
        gpgv -q --keyring "$KEYRING" --output "$TMP/Release" "$TMP/InRelease" 2>"$TMP/gpgv.log" || {
            ! grep -qiE "NO_PUBKEY|no public key|can't check" "$TMP/gpgv.log" || return 1
            could_not "the signature of $MIRROR/dists/$SUITE/InRelease is not good" "$(tail -n 1 "$TMP/gpgv.log")"
        }
        _want=$(awk -v f="$_index" '/^SHA256:/ { on = 1; next } /^[A-Z]/ { on = 0 } on && $3 == f { print $1 }' "$TMP/Release")
        download "$MIRROR/dists/$SUITE/$_index" "$TMP/Packages.xz" 0 "Debian's package index"
        has_sum "$TMP/Packages.xz" "$_want" || could_not "Debian's package index does not match its signed checksum"
        xz -dc "$TMP/Packages.xz" >"$TMP/Packages" || could_not "cannot unpack Debian's package index (is xz here?)"
    fi
    awk -v names="$*" -v mirror="$MIRROR" '
        BEGIN { n = split(names, list, " "); for (i = 1; i <= n; i++) wanted[list[i]] = 1 }
        function flush() { if (name in wanted) { print name, sum, size, mirror "/" file; delete wanted[name] } name = "" }
        $1 == "Package:" { name = $2 } $1 == "Filename:" { file = $2 } $1 == "Size:" { size = $2 }
        $1 == "SHA256:" { sum = $2 } /^$/ { flush() }
        END { flush() }' "$TMP/Packages" >"$_into"
}

resolve_with_pins() { # FILE PACKAGE…
    _into=$1
    shift
    awk -v names="$*" -v mirror="$MIRROR" '
        BEGIN { n = split(names, list, " "); for (i = 1; i <= n; i++) wanted[list[i]] = 1 }
        $1 in wanted { print $1, $2, $3, mirror "/" $4 }' "$ROOT/cli/launcher/pins-$ARCH.txt" >"$_into"
}

resolve() { # FILE PACKAGE…
    find_mirror
    find_keyring
    if [ -n "$KEYRING" ] && have apt-get && update_index_with_apt; then
        resolve_with_apt "$@"
    elif [ -n "$KEYRING" ] && ! have apt-get && have gpgv && resolve_with_gpgv "$@"; then
        :
    else
        say "Debian's signature cannot be checked here (no keyring that knows it, or no gpgv); the pinned SHA-256 sums verify instead"
        PINNED=yes
        resolve_with_pins "$@"
    fi
    _resolved=$1
    shift
    [ "$(wc -l <"$_resolved")" -eq $# ] || could_not "Debian's index knows only $(wc -l <"$_resolved") of these packages: $*"
}

# ---- getting it -----------------------------------------------------------------------------------------------------

sum_of() { # FILE
    if have sha256sum; then sha256sum <"$1" | cut -d' ' -f1
    elif have shasum; then shasum -a 256 <"$1" | cut -d' ' -f1
    else openssl dgst -sha256 -r <"$1" | cut -d' ' -f1; fi
}

has_sum() { # FILE SHA256
    [ -n "$2" ] && [ "$(sum_of "$1")" = "$2" ]
}

size_of() { # FILE, 0 when it is not there
    if [ -f "$1" ]; then wc -c <"$1" | tr -d ' '; else echo 0; fi
}

download_state() {
    if [ "$GET_SIZE" = 0 ]; then printf 'fetching %s: %s' "$GET_LABEL" "$(megabytes "$(size_of "$GET_FILE.part")")"
    else printf 'fetching %s: %s of %s' "$GET_LABEL" "$(megabytes "$(size_of "$GET_FILE.part")")" "$(megabytes "$GET_SIZE")"; fi
}

transfer() { # ADDRESS PART: goes on where PART ends
    if have curl; then
        in_child curl -fsSL --retry 3 --connect-timeout 20 --speed-limit 100 --speed-time 60 -C - -o "$2" "$1"
    elif have wget; then
        in_child wget -q -c -O "$2" "$1"
    else
        could_not "neither curl nor wget is here; install one of them and run again"
    fi
}

# try_download ADDRESS FILE SIZE LABEL: leaves FILE whole or FILE.part begun; returns the transfer's status.
try_download() {
    GET_FILE=$2 GET_SIZE=$3 GET_LABEL=$4
    if [ "$3" != 0 ] && [ "$(size_of "$2.part")" -ge "$3" ]; then mv "$2.part" "$2"; return 0; fi
    [ ! -t 2 ] || paint "$(download_state)"
    start_ticker 10 download_state
    _got=0
    transfer "$1" "$2.part" 2>"$TMP/transfer.log" || _got=$?
    end_progress
    [ "$_got" = 0 ] || return "$_got"
    mv "$2.part" "$2"
}

download() { # the same, or the end
    try_download "$@" || download_failed "$?" "$@"
    finish "fetched $4, $(megabytes "$(size_of "$2")")"
}

download_failed() { # STATUS ADDRESS FILE …
    _why=$(tail -n 1 "$TMP/transfer.log" 2>/dev/null || true)
    _free=$(df -Pk "$(dirname "$3")" 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "$1" = 23 ] || [ "${_free:-9999}" -lt 1024 ]; then
        could_not "the disk below $(dirname "$3") is full; free some space and run again" "$_why"
    fi
    [ -z "$PINNED" ] || say "The pins name Debian's packages of one day; with a keyring (debian-archive-keyring) and apt or gpgv the newest are taken."
    could_not "cannot fetch $2${_why:+ ($_why)}" \
        "Is the mirror reachable? PALIMPSEST_DEBIAN_MIRROR names another one. What has been fetched is kept; run again to go on."
}

# fetch_package NAME SHA256 SIZE ADDRESS LABEL
fetch_package() {
    _deb=$DOWNLOADS/$1-$(printf %.12s "$2").deb
    if [ -f "$_deb" ] && has_sum "$_deb" "$2"; then return 0; fi
    rm -f "$_deb"
    for _attempt in 1 2; do
        _begun=$(size_of "$_deb.part")
        _failed=0
        try_download "$4" "$_deb" "$3" "$5" || _failed=$?
        case $_attempt-$_begun-$_failed in
            *-0) ;;
            1-0-* | 2-*) fetch_with_apt "$1" "$_deb" || download_failed "$_failed" "$4" "$_deb" ;;
            *-8 | *-22 | *-33 | *-36) rm -f "$_deb.part"; continue ;; # the server cannot go on where the part ends
            *) download_failed "$_failed" "$4" "$_deb" ;;
        esac
        if has_sum "$_deb" "$2"; then
            finish "fetched $5, $(megabytes "$3")"
            FETCHED_BYTES=$((FETCHED_BYTES + $3))
            return 0
        fi
        rm -f "$_deb"
    done
    could_not "$4 is not what Debian's index promises (SHA-256 differs), twice; nothing of it was used" \
        "The mirror is broken or something on the way changes files; PALIMPSEST_DEBIAN_MIRROR names another one."
}

# Where apt reaches the mirror in a way of its own (another transport, a login), it fetches; the sum is checked as ever.
fetch_with_apt() { # NAME FILE
    [ -e "$TMP/apt/updated" ] || return 1
    rm -rf "$TMP/apt-get" && mkdir "$TMP/apt-get"
    (cd "$TMP/apt-get" && private_apt download "$1") >"$TMP/transfer.log" 2>&1 || return 1
    mv "$TMP/apt-get/"*.deb "$2"
}

# fetch_packages TOOL PACKAGE…: afterwards every package lies in $DOWNLOADS and $DOWNLOADS/TOOL-ARCH.list names them.
fetch_packages() {
    _tool=$1
    shift
    make_folder "$DOWNLOADS"
    temporary
    FETCH_LIST=$DOWNLOADS/$_tool-$ARCH.list
    ! is_fetched "$FETCH_LIST" "$*" || return 0
    resolve "$TMP/list" "$@"
    { echo "# $*"; cat "$TMP/list"; } >"$FETCH_LIST.part"
    enough_space "$_tool" "$TMP/list"
    FETCHED_BYTES=0
    _from=$(seconds)
    _number=0
    while read -r _name _sum _size _address; do
        _number=$((_number + 1))
        fetch_package "$_name" "$_sum" "$_size" "$_address" "$_name ($_number of $#)" </dev/null
    done <"$TMP/list"
    mv "$FETCH_LIST.part" "$FETCH_LIST"
    say "fetched $_tool: $(megabytes "$FETCHED_BYTES") in $(($(seconds) - _from)) s"
}

is_fetched() { # LIST "PACKAGE…": the whole list was fetched before and still is right
    [ -f "$1" ] && [ "$(head -n 1 "$1")" = "# $2" ] || return 1
    sed 1d "$1" | while read -r _name _sum _size _address; do
        _deb=$DOWNLOADS/$_name-$(printf %.12s "$_sum").deb
        [ -f "$_deb" ] && has_sum "$_deb" "$_sum" || exit 1
    done
}

enough_space() { # TOOL LIST: packages and what they unpack to, about four times their size
    _need=$(awk '{ n += $3 } END { print int(n * 4 / 1024) }' "$2")
    _free=$(df -Pk "$PALIMPSEST_HOME" | awk 'NR == 2 { print $4 }')
    [ "${_free:-$_need}" -ge "$_need" ] || could_not "$1 needs about $((_need / 1024)) MB in $PALIMPSEST_HOME, and only $((_free / 1024)) MB are free" \
        "Free some space, or set PALIMPSEST_HOME to a folder on a larger disk."
}
