# Guards: the native kernels that are loaded were compiled from the sources that lie here by the compiler that is here. That
# they cannot be built is a state with a reason, which the service reads and says, and never a hindrance.

NATIVE=$ROOT/target/native                  # the JVM's java.library.path
NATIVE_SOURCES=$ROOT/native/cpu
NATIVE_LIBRARY=$NATIVE/libpalimpsest_cpu.so
NATIVE_KEY=$NATIVE/key                      # what was tried last, whatever came of it

find_compiler() { # sets COMPILER; 1 when there is none
    for COMPILER in "${CXX:-}" c++ g++ clang++; do
        [ -z "$COMPILER" ] || ! have "$COMPILER" || return 0
    done
    COMPILER=
    return 1
}

native_key() { # a hash of the sources, the compiler and the machine
    temporary
    {
        find "$NATIVE_SOURCES" -type f \( -name '*.h' -o -name '*.cpp' -o -name Makefile \) | LC_ALL=C sort | while IFS= read -r _file; do
            echo "$_file"
            cat "$_file"
        done
        uname -sm
        if find_compiler; then "$COMPILER" --version 2>/dev/null | head -n 1; else echo 'no compiler'; fi
        have make || echo 'no make'
    } >"$TMP/native-key"
    sum_of "$TMP/native-key"
}

is_native_settled() { [ -f "$NATIVE_KEY" ] && [ "$(cat "$NATIVE_KEY")" = "$(native_key)" ]; }

ensure_native() { # where nothing can be written what is there is used
    ! is_native_settled || return 0
    mkdir -p "$NATIVE" "$ROOT/target/launcher" 2>/dev/null && [ -w "$NATIVE" ] && [ -w "$ROOT/target/launcher" ] || return 0
    lock_wait "$ROOT/target/launcher/lock" "building"
    settle_native
    unlock "$ROOT/target/launcher/lock"
}

settle_native() { # the caller holds the lock of the build
    ! is_native_settled || return 0
    rm -rf "$NATIVE"
    make_folder "$NATIVE"
    _why=
    if [ "$(uname -s)" != Linux ]; then _why="they are built for Linux, and this is $(uname -s)"
    elif ! find_compiler; then _why="no C++ compiler was found (c++, g++ or clang++)"
    elif ! have make; then _why="make was not found"
    elif ! long_step "building the native kernels" "$ROOT/target/launcher/native.out" \
        make -C "$NATIVE_SOURCES" OUT="$NATIVE" CXX="$COMPILER"; then
        _why="$COMPILER failed; what it said is in $ROOT/target/launcher/native.out"
    fi
    if [ -n "$_why" ]; then
        rm -f "$NATIVE_LIBRARY"
        printf '%s\n' "$_why" >"$NATIVE_LIBRARY.absent"
        say "no native kernels: $_why; the Vector API computes instead"
    fi
    native_key >"$NATIVE_KEY"
}
