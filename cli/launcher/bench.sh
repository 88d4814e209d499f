# Guards: a benchmark runs on classes made from the sources that lie here, and in a JVM with the flags of the service.

command_bench() {
    _bench=${1:-}
    case $_bench in
        -h | --help) help_of bench; exit 0 ;;
        engine) shift; bench_engine "$@" ;;
        memory) shift; bench_memory "$@" ;;
        session | retrieval) command_client bench "$@" ;;
        compression) shift; bench_compression "$@" ;;
        '') wrong_use "bench what?" bench ;;
        *) wrong_use "bench does not know $_bench" bench ;;
    esac
}

command_eval() {
    case ${1:-} in
        compression) shift; bench_compression "$@" ;;
        *) command_client eval "$@" ;;
    esac
}

bench_engine() {
    case ${1:-} in -h | --help) help_of bench; exit 0 ;; esac
    choose_folders
    temporary
    ensure_jdk
    ensure_bench_built
    become "$JAVA" --enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector "-Djava.library.path=$NATIVE" \
        -cp "$ENGINE/target/classes:$BENCH_CLASSES" dev.palimpsest.engine.bench.EngineBenchmark \
        --tokenizer "$ROOT/inference-engine/models/palimpsest-reader-q8_0.gguf" "$@"
}

# bench_memory ARGUMENT…: of a running service, or, where turns or rows are asked for, on a database of its own
bench_memory() {
    case " $* " in
        *' --turns '* | *' --rows '*) ;;
        *) command_client bench memory "$@" ;;
    esac
    case " $* " in *' -h '* | *' --help '*) help_of bench; exit 0 ;; esac
    unset PALIMPSEST_DB_URL PALIMPSEST_DATA
    choose_folders
    DATA=$PALIMPSEST_HOME/bench.$$
    temporary
    AT_EXIT=end_memory_bench
    make_folder "$PALIMPSEST_HOME"
    check_postgres_user
    prepare_data_folder
    ensure_jdk
    ensure_postgres
    ensure_built
    ensure_memory_bench_built
    use_embedded_database
    export PALIMPSEST_DATA="$DATA" PALIMPSEST_DB_URL="$DB_URL" PALIMPSEST_DB_OWNER_PASSWORD="$OWNER_PASSWORD" \
        PALIMPSEST_DB_APP_PASSWORD="$APP_PASSWORD" BENCH_DB_SUPERUSER_PASSWORD="$(secret postgres)" BENCH_ROOT="$ROOT"
    _result=0
    in_child "$JAVA" --enable-native-access=ALL-UNNAMED \
        -cp "$RUNTIME_BENCH_CLASSES:$ROOT/agent-runtime/target/classes:$ROOT/agent-runtime/target/quarkus-app/lib/main/*" \
        dev.palimpsest.runtime.bench.MemoryBenchmark "$@" || _result=$?
    exit "$_result"
}

end_memory_bench() {
    stop_own_cluster
    case $DATA in
        "$PALIMPSEST_HOME"/bench.*) rm -rf "$DATA" ;;
    esac
}

bench_compression() {
    case ${1:-} in -h | --help) help_of bench; exit 0 ;; esac
    choose_folders
    temporary
    ensure_jdk
    ensure_compression_bench_built
    become "$JAVA" --enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector "-Djava.library.path=$NATIVE" \
        -cp "$ENGINE/target/classes:$COMPRESSION/target/classes:$COMPRESSION_BENCH_CLASSES" \
        dev.palimpsest.compress.bench.CompressionBenchmark --model "$ENGINE/models/palimpsest-reader-q8_0.gguf" "$@"
}
