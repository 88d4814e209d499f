#!/bin/sh
# Writes pins-amd64.txt and pins-arm64.txt anew from Debian's signed index: "package sha256 size path" for all that the
# launcher may fetch. The pins serve where no keyring is; Debian replaces packages at point releases, so run this then.
# Usage: cli/launcher/pins.sh (needs apt-get and a keyring).
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
for part in common lock help http fetch unpack jdk maven postgres cluster database native build run verify client bench; do
    # shellcheck source=/dev/null
    . "$ROOT/cli/launcher/$part.sh"
done
temporary
find_mirror
find_keyring
for ARCH in amd64 arm64; do
    rm -rf "$TMP/apt"
    update_index_with_apt || could_not "the keyring $KEYRING does not know the archive's key"
    # shellcheck disable=SC2046,SC2086 # lists of words
    resolve_with_apt "$TMP/list" $(printf '%s\n' $JDK_PACKAGES $MAVEN_PACKAGES $PG_PACKAGES | sort -u)
    {
        echo "# package sha256 size path, of Debian $SUITE for $ARCH; written by pins.sh"
        sed "s#$MIRROR/*##" "$TMP/list" | LC_ALL=C sort
    } >"$TMP/pins"
    grep -vq '://' "$TMP/pins" || could_not "a host's name would stand in the pins"
    mv "$TMP/pins" "$ROOT/cli/launcher/pins-$ARCH.txt"
    say "pins-$ARCH.txt: $(grep -vc '^#' "$ROOT/cli/launcher/pins-$ARCH.txt") packages"
done
