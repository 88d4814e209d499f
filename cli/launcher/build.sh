# Guards: what runs was built from the sources that lie here. The stamp bears the time at which a good build began, so an
# edit during the build counts as newer.

SERVICE_JAR=$ROOT/agent-runtime/target/quarkus-app/quarkus-run.jar
CLIENT_JAR=$ROOT/cli/target/palimpsest-cli.jar
BUILD_STAMP=$ROOT/target/launcher/built
ENGINE=$ROOT/inference-engine
BENCH_CLASSES=$ENGINE/target/bench-classes
BENCH_STAMP=$ROOT/target/launcher/bench-built
RUNTIME_BENCH_CLASSES=$ROOT/agent-runtime/target/bench-classes
RUNTIME_BENCH_STAMP=$ROOT/target/launcher/memory-bench-built
COMPRESSION=$ROOT/context-compression
COMPRESSION_BENCH_CLASSES=$COMPRESSION/target/bench-classes
COMPRESSION_BENCH_STAMP=$ROOT/target/launcher/compression-bench-built

newer_source() { # STAMP PATH…: the first source newer than the last good build
    _stamp=$1
    shift
    for _source in "$@"; do # those that are there
        shift
        [ ! -e "$_source" ] || set -- "$@" "$_source"
    done
    find "$@" -newer "$_stamp" | head -n 1
}

is_built() {
    [ -f "$SERVICE_JAR" ] && [ -f "$CLIENT_JAR" ] && [ -f "$BUILD_STAMP" ] &&
        [ -z "$(newer_source "$BUILD_STAMP" "$ROOT/pom.xml" "$ROOT"/*/pom.xml "$ROOT"/*/src/main "$ROOT/migrations")" ]
}

is_bench_built() {
    [ -d "$BENCH_CLASSES" ] && [ -f "$BENCH_STAMP" ] &&
        [ -z "$(newer_source "$BENCH_STAMP" "$ROOT/pom.xml" "$ENGINE/pom.xml" "$ENGINE/src/main" "$ENGINE/src/bench")" ]
}

is_memory_bench_built() {
    [ -d "$RUNTIME_BENCH_CLASSES" ] && [ -f "$RUNTIME_BENCH_STAMP" ] &&
        [ -z "$(newer_source "$RUNTIME_BENCH_STAMP" "$ROOT/pom.xml" "$ROOT"/*/pom.xml "$ROOT"/*/src/main "$ROOT/migrations" \
            "$ROOT/agent-runtime/src/bench")" ]
}

is_compression_bench_built() {
    [ -d "$COMPRESSION_BENCH_CLASSES" ] && [ -f "$COMPRESSION_BENCH_STAMP" ] &&
        [ -z "$(newer_source "$COMPRESSION_BENCH_STAMP" "$ROOT/pom.xml" "$ENGINE/pom.xml" "$ENGINE/src/main" \
            "$COMPRESSION/pom.xml" "$COMPRESSION/src/main" "$COMPRESSION/src/bench")" ]
}

lock_build() {
    for _folder in "$ROOT" "$ROOT"/*/pom.xml; do
        _folder=${_folder%/pom.xml}
        for _target in "$_folder/target" "$_folder"; do
            [ ! -e "$_target" ] || break
        done
        [ -w "$_target" ] || could_not "Palimpsest must be built, and $_target cannot be written by $(id -un 2>/dev/null || id -u)" \
            "Run it from a copy of your own, or once as the user who owns it."
    done
    make_folder "$ROOT/target/launcher"
    lock_wait "$ROOT/target/launcher/lock" "building"
}

ensure_built() {
    ensure_made is_built "building Palimpsest" "$BUILD_STAMP" package
    ensure_native
}

ensure_bench_built() {
    ensure_made is_bench_built "building the engine's benchmark" "$BENCH_STAMP" -P bench -pl inference-engine process-classes
    ensure_native
}

ensure_memory_bench_built() {
    ensure_made is_memory_bench_built "building the memory's benchmark" "$RUNTIME_BENCH_STAMP" \
        -P bench-memory -pl agent-runtime -am process-classes
}

ensure_compression_bench_built() {
    ensure_made is_compression_bench_built "building the compression benchmark" "$COMPRESSION_BENCH_STAMP" \
        -P bench-compression -pl context-compression -am process-classes
    ensure_native
}

ensure_made() { # IS-MADE WHAT STAMP MAVEN-ARGUMENT…
    ! "$1" || return 0
    lock_build
    "$1" || make_with_maven "$@"
    unlock "$ROOT/target/launcher/lock"
}

make_with_maven() {
    _made=$2
    _goodstamp=$3
    shift 3
    ensure_maven
    temporary
    : >"$_goodstamp.begun"
    long_step "$_made" "$ROOT/target/launcher/build.out" in_root "$MAVEN" -B -q -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true "$@" || {
        grep -E '^\[ERROR\]|^\[FATAL\]' "$ROOT/target/launcher/build.out" | head -n 12 >&2 || true
        could_not "$_made failed; all that was said is in $ROOT/target/launcher/build.out"
    }
    mv "$_goodstamp.begun" "$_goodstamp"
}

in_root() { # COMMAND…, replacing this (child) process
    cd "$ROOT"
    exec "$@"
}
