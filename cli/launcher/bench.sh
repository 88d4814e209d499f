# Guards: a benchmark runs on classes made from the sources that lie here, and in a JVM with the flags of the service.

command_bench() {
    _bench=${1:-}
    case $_bench in
        -h | --help) help_of bench; exit 0 ;;
        engine) shift; bench_engine "$@" ;;
        session | memory | retrieval) command_client bench "$@" ;;
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
