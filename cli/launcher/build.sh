# Guards: what runs was built from the sources that lie here. The stamp bears the time at which a good build began, so an
# edit during the build counts as newer.

SERVICE_JAR=$ROOT/agent-runtime/target/quarkus-app/quarkus-run.jar
CLIENT_JAR=$ROOT/cli/target/palimpsest-cli.jar
BUILD_STAMP=$ROOT/target/launcher/built

newer_source() { # the first source newer than the last good build
    set --
    for _source in "$ROOT/pom.xml" "$ROOT"/*/pom.xml "$ROOT"/*/src/main "$ROOT/migrations"; do
        [ ! -e "$_source" ] || set -- "$@" "$_source"
    done
    find "$@" -newer "$BUILD_STAMP" | head -n 1
}

is_built() {
    [ -f "$SERVICE_JAR" ] && [ -f "$CLIENT_JAR" ] && [ -f "$BUILD_STAMP" ] && [ -z "$(newer_source)" ]
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
    ! is_built || return 0
    lock_build
    if ! is_built; then
        ensure_maven
        : >"$BUILD_STAMP.begun"
        long_step "building Palimpsest" "$ROOT/target/launcher/build.out" in_root "$MAVEN" -B -q -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true package || {
            grep -E '^\[ERROR\]|^\[FATAL\]' "$ROOT/target/launcher/build.out" | head -n 12 >&2 || true
            could_not "the build failed; all it said is in $ROOT/target/launcher/build.out"
        }
        mv "$BUILD_STAMP.begun" "$BUILD_STAMP"
    fi
    unlock "$ROOT/target/launcher/lock"
}

in_root() { # COMMAND…, replacing this (child) process
    cd "$ROOT"
    exec "$@"
}
