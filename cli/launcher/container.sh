#!/bin/sh
# Guards: in a container the service runs as the first process, with the flags of every other start, and without a model
# rather than not at all.
set -eu

bundled=/opt/palimpsest/models/palimpsest-reader-q8_0.gguf
if [ -z "${PALIMPSEST_MODEL:-}" ]; then
    if [ -f "$bundled" ]; then
        export PALIMPSEST_MODEL="$bundled"
    else
        unset PALIMPSEST_MODEL
        echo "palimpsest: no model in this image: turns will be refused; mount a GGUF file and name it with PALIMPSEST_MODEL" >&2
    fi
fi
cached=/opt/palimpsest/service.aot
[ -f "$cached" ] || cached=
exec java --enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector ${cached:+"-XX:AOTCache=$cached"} ${PALIMPSEST_JAVA_OPTIONS:-} \
    -jar /opt/palimpsest/service/quarkus-run.jar
