# Guards: everything Java runs on a whole JDK 25 that really starts here: the machine's own, or one fetched from Debian,
# completed by what its installation scripts would have made (truststore, class data archive).
# Sets JDK and exports JAVA_HOME.

JDK_PACKAGES='openjdk-25-jdk-headless openjdk-25-jre-headless libc6 libgcc-s1 libstdc++6 zlib1g'

is_jdk_25() { # FOLDER
    [ -x "$1/bin/javac" ] && [ -x "$1/bin/java" ] || return 1
    grep -q '^JAVA_VERSION="25[."]' "$1/release" 2>/dev/null || return 1
    ! grep -q '^MODULES=' "$1/release" || grep -q 'jdk\.incubator\.vector' "$1/release" || return 1
    "$1/bin/java" -version >/dev/null 2>&1
}

jdk_candidates() {
    [ -z "${JAVA_HOME:-}" ] || printf '%s\n' "$JAVA_HOME"
    if have java; then
        _java=$(readlink -f "$(command -v java)" 2>/dev/null || true)
        printf '%s\n' "${_java%/bin/java}"
    fi
    for _folder in /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/lib/jvm/* /opt/java* /opt/java/* /opt/jdk* \
        "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
        printf '%s\n' "$_folder"
    done
}

find_jdk() { # sets JDK to one of this machine's own; 1 when there is none
    JDK=
    _candidates=$(jdk_candidates)
    while IFS= read -r _candidate; do
        if [ -n "$_candidate" ] && is_jdk_25 "$_candidate"; then JDK=$_candidate; break; fi
    done <<EOF
$_candidates
EOF
    [ -n "$JDK" ]
}

ensure_jdk() {
    if ! find_jdk; then
        [ -z "${JAVA_HOME:-}" ] || say "JAVA_HOME ($JAVA_HOME) is not a JDK 25; taking another one"
        # shellcheck disable=SC2086 # a list of words
        fetch_tool jdk-25 prepare_jdk $JDK_PACKAGES
        JDK=$TOOL/usr/lib/jvm/java-25-openjdk-$ARCH
        refresh_truststore
    fi
    export JAVA_HOME="$JDK"
    JAVA=$JDK/bin/java
}

prepare_jdk() {
    JDK=$TOOL/usr/lib/jvm/java-25-openjdk-$ARCH
    if ! "$JDK/bin/java" -version >/dev/null 2>&1; then # made for a newer C library than this machine's
        for _program in "$JDK"/bin/* "$JDK/lib/jspawnhelper"; do
            ! is_program "$_program" || wrap "$_program"
        done
        "$JDK/bin/java" -version >"$TMP/java.log" 2>&1 ||
            could_not "the fetched JDK does not start: $(tail -n 1 "$TMP/java.log")"
    fi
    long_step "making the JDK ready" "$TMP/java.log" "$JDK/bin/java" -Xshare:dump || say "the fetched JDK starts a little slower: no class data archive"
}

ca_bundle() { # the machine's certificate authorities as one PEM file; nothing when it has none
    for _bundle in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
        /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
        if [ -n "$_bundle" ] && [ -s "$_bundle" ]; then printf '%s\n' "$_bundle"; return 0; fi
    done
}

# A JDK that was never installed trusts nobody. Made anew whenever the machine's own list is newer.
refresh_truststore() {
    _pem=$(ca_bundle)
    _store=$JDK/lib/security/cacerts
    if [ -z "$_pem" ]; then
        [ -s "$_store" ] || say "this machine has no list of certificate authorities (package ca-certificates); Java will trust no HTTPS server"
        return 0
    fi
    if [ -s "$_store" ] && [ -z "$(find -L "$_pem" -newer "$_store")" ]; then return 0; fi
    [ -w "$(dirname "$_store")" ] || return 0
    temporary
    "$JDK/bin/java" "$ROOT/cli/launcher/Truststore.java" "$_pem" "$TMP/cacerts" 2>"$TMP/java.log" ||
        could_not "cannot make the JDK's truststore from $_pem: $(tail -n 1 "$TMP/java.log")"
    rm -f "$_store"
    mv "$TMP/cacerts" "$_store"
    chmod 644 "$_store"
}
