package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryText;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * SHA-256, in hexadecimal, of what decides whether two storings are the same: the identity's text,
 * and the whole of a {@link MemoryText} field by field as {@link RequestHash} does it.
 */
final class ContentHash {
  private ContentHash() {}

  static String of(MemoryText content) {
    MessageDigest digest = RequestHash.sha256();
    RequestHash.add(digest, content.text());
    RequestHash.add(digest, content.speaker());
    RequestHash.add(digest, content.happenedAt());
    RequestHash.add(digest, content.validFrom());
    RequestHash.add(digest, content.validTo());
    RequestHash.add(digest, VersionRow.word(content.label()));
    RequestHash.add(digest, content.metadata());
    return HexFormat.of().formatHex(digest.digest());
  }

  static String of(String identity) {
    byte[] text = identity.getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(RequestHash.sha256().digest(text));
  }
}
