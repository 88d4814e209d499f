# The service as an image: built in the first stage, and nothing of the build in the second. Both are plain Debian with
# Debian's own JDK. docker-compose.yml starts it beside its database; docs/operating.md says how.

FROM debian:trixie-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates maven openjdk-25-jdk-headless \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Debian's Maven brings an older Java along; the build needs the one whose compiler is here.
RUN JAVA_HOME=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")") \
    mvn -B -q -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true package

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl openjdk-25-jre-headless \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /var/lib/palimpsest palimpsest \
    && install -d -o palimpsest -g palimpsest -m 700 /var/lib/palimpsest
COPY --from=build /src/agent-runtime/target/quarkus-app /opt/palimpsest/service
COPY --from=build /src/inference-engine/models /opt/palimpsest/models
COPY --from=build /src/cli/launcher/container.sh /src/cli/launcher/record-start.sh /opt/palimpsest/
# A start is recorded, so that others are quicker; without the record they take their full time.
RUN sh /opt/palimpsest/record-start.sh java /opt/palimpsest/service/quarkus-run.jar \
    "$(find /opt/palimpsest/models -name '*.gguf' | head -n 1)" /opt/palimpsest/service.aot \
    || echo "no start could be recorded"
USER palimpsest
WORKDIR /var/lib/palimpsest
ENV PALIMPSEST_HOST=0.0.0.0 \
    PALIMPSEST_PORT=8077 \
    PALIMPSEST_AUTH_MODE=keys \
    PALIMPSEST_DATA=/var/lib/palimpsest \
    LC_ALL=C.UTF-8 \
    TZ=UTC
VOLUME /var/lib/palimpsest
EXPOSE 8077
# Ready means: database reached and migrated, indexes open. A turn without a model is refused, and that is no illness.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8077/q/health/ready"]
ENTRYPOINT ["sh", "/opt/palimpsest/container.sh"]
