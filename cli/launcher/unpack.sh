# Guards: a tool's folder is there whole or not at all, belongs to nobody else's system, and starts on any Linux: programs
# made for Debian's C library go through the loader that came with them, and links into /etc stay inside the folder.

# fetch_tool NAME PREPARE PACKAGE…: sets TOOL to the folder; PREPARE runs there once, after unpacking.
fetch_tool() {
    architecture "$1"
    TOOL=$PALIMPSEST_HOME/tools/$1-$ARCH
    [ ! -e "$TOOL/.complete" ] || return 0
    make_folder "$PALIMPSEST_HOME"
    make_folder "$PALIMPSEST_HOME/tools"
    lock_wait "$PALIMPSEST_HOME/tools/lock" "fetching tools"
    [ -e "$TOOL/.complete" ] || fetch_and_unpack "$@"
    unlock "$PALIMPSEST_HOME/tools/lock"
}

fetch_and_unpack() {
    _toolname=$1
    _prepare=$2
    shift 2
    fetch_packages "$_toolname" "$@"
    rm -rf "$TOOL"
    mkdir "$TOOL"
    long_step "unpacking $_toolname" "$TMP/unpack.log" unpack_packages "$FETCH_LIST" "$TOOL" ||
        could_not "cannot unpack $_toolname into $TOOL: $(tail -n 1 "$TMP/unpack.log")" "Is the disk full?"
    "$_prepare"
    cp "$FETCH_LIST" "$TOOL/.complete"
    [ -n "${PALIMPSEST_DOWNLOADS:-}" ] || rm -rf "$DOWNLOADS" # kept only where somebody asked for a place to keep them
}

unpack_packages() { # LIST TREE; runs in a child
    sed 1d "$1" | while read -r _name _sum _size _address; do
        data_of "$DOWNLOADS/$_name-$(printf %.12s "$_sum").deb" | tar -x -C "$2" --exclude='*/usr/share/doc' --exclude='*/usr/share/man' \
            --exclude='*/usr/share/locale' --exclude='*/usr/share/lintian' --exclude='*/usr/share/bug' \
            --exclude='*/bitcode' --exclude='*llvmjit*' --exclude='*/gconv' --exclude='*/jmods' || exit 1
    done || return 1
    chmod -R u+w,go+rX "$2"
    keep_links_inside "$2"
}

# data_of DEB: its files as a tar stream. A .deb is an ar archive: 8 bytes, then members of a 60 byte header (name in the
# first 16 bytes, decimal size in bytes 48 to 57) and their content, padded to even length.
data_of() {
    if have dpkg-deb; then dpkg-deb --fsys-tarfile "$1"; return; fi
    _at=8
    _end=$(size_of "$1")
    while [ "$_at" -lt "$_end" ]; do
        _header=$(tail -c +$((_at + 1)) "$1" | head -c 60)
        _member=$(printf '%s' "$_header" | cut -c1-16 | tr -d ' /')
        _bytes=$(printf '%s' "$_header" | cut -c49-58 | tr -d ' ')
        case $_member in
            data.tar.xz) tail -c +$((_at + 61)) "$1" | head -c "$_bytes" | xz -dc; return ;;
            data.tar.zst) tail -c +$((_at + 61)) "$1" | head -c "$_bytes" | zstd -dc; return ;;
            data.tar.gz) tail -c +$((_at + 61)) "$1" | head -c "$_bytes" | gzip -dc; return ;;
        esac
        _at=$((_at + 60 + _bytes + _bytes % 2))
    done
    echo "no data member in $1" >&2
    return 1
}

# Debian's packages link to /etc and /usr as they would lie when installed: make these links relative to the tree.
keep_links_inside() { # TREE
    find "$1" -type l | while IFS= read -r _link; do
        _to=$(readlink "$_link")
        case $_to in
            /*)
                [ -e "$1$_to" ] || [ -L "$1$_to" ] || continue
                _up=$(dirname "${_link#"$1"/}" | sed 's#[^/][^/]*#..#g')
                ln -sf "$_up$_to" "$_link"
                ;;
        esac
    done
}

is_program() { # FILE: a compiled one
    [ -f "$1" ] && [ ! -L "$1" ] && [ -x "$1" ] && [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]
}

quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

# wrap PROGRAM: moves it into the folder `real` beside its own and leaves a starter that uses the loader fetched with it.
wrap() {
    _base=$(basename "$1")
    _real=$(dirname "$(dirname "$1")")/real
    _library=$TOOL/usr/lib/$TRIPLET
    mkdir -p "$_real"
    mv "$1" "$_real/$_base"
    cat >"$1" <<WRAPPER
#!/bin/sh
exec $(quoted "$_library/$LOADER") --library-path $(quoted "$_library") \\
    --argv0 $(quoted "$1") $(quoted "$_real/$_base") "\$@"
WRAPPER
    chmod 755 "$1"
}
