# Guards: a start reads the classes that it needs from a cache made after the build, which halves its time; without one
# the service starts all the same.

START_CACHE=$ROOT/target/launcher/service.aot

# is_start_recorded: with this service and this JDK; others than it was made with would ignore it, with a warning.
is_start_recorded() {
    [ -f "$START_CACHE" ] && [ -z "$(find "$SERVICE_JAR" "$(readlink -f "$JAVA")" -newer "$START_CACHE")" ]
}

ensure_start_recorded() { # never fails: whoever cannot write here starts without
    ! is_start_recorded && [ -w "$ROOT/target/launcher" ] || return 0
    lock_build
    is_start_recorded || long_step "recording one start, so that others are quicker" "$ROOT/target/launcher/record.out" \
        sh "$ROOT/cli/launcher/record-start.sh" "$JAVA" "$SERVICE_JAR" "$MODEL" "$START_CACHE" ||
        say "no start could be recorded, so each takes its full time; all that was said is in $ROOT/target/launcher/record.out"
    unlock "$ROOT/target/launcher/lock"
}

start_cache_flag() {
    ! is_start_recorded || printf '%s\n' "-XX:AOTCache=$START_CACHE"
}
