# Guards: builds run with a Maven of 3.8 or newer on the JDK that was chosen, the machine's own or one fetched from Debian.
# Sets MAVEN. Needed only when something must be built.

MAVEN_PACKAGES='maven libmaven3-core-java libmaven-resolver-java libmaven-shared-utils-java libaopalliance-java
    libatinject-jsr330-api-java libcdi-api-java libcommons-cli-java libcommons-codec-java libcommons-io-java
    libcommons-lang3-java libcommons-logging-java liberror-prone-java libgeronimo-annotation-1.3-spec-java
    libgeronimo-interceptor-3.0-spec-java libguava-java libguice-java libhttpclient-java libhttpcore-java libjansi-java
    libjsoup-java libjsr305-java libplexus-cipher-java libplexus-classworlds-java libplexus-component-annotations-java
    libplexus-interpolation-java libplexus-sec-dispatcher-java libplexus-utils2-java libsisu-inject-java
    libsisu-plexus-java libslf4j-java libwagon-file-java libwagon-http-java libwagon-provider-api-java'

is_maven() { # PROGRAM
    _version=$("$1" -v 2>/dev/null | sed -nE 's/^.*Apache Maven ([0-9]+)\.([0-9]+).*/\1 \2/p' | head -n 1)
    [ -n "$_version" ] || return 1
    [ "${_version% *}" -gt 3 ] || { [ "${_version% *}" = 3 ] && [ "${_version#* }" -ge 8 ]; }
}

ensure_maven() {
    if have mvn && is_maven mvn; then
        MAVEN=mvn
        return 0
    fi
    # shellcheck disable=SC2086 # a list of words
    fetch_tool maven prepare_maven $MAVEN_PACKAGES
    MAVEN=$TOOL/usr/share/maven/bin/mvn
}

prepare_maven() {
    is_maven "$TOOL/usr/share/maven/bin/mvn" ||
        could_not "the fetched Maven does not start: $("$TOOL/usr/share/maven/bin/mvn" -v 2>&1 | tail -n 1)"
}
