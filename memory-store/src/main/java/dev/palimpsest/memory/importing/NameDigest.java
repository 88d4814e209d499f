package dev.palimpsest.memory.importing;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Makes a name of what has none from what stands in it. Used by one thread, once. */
final class NameDigest {
  private static final int NAME_DIGITS = 16;

  private final MessageDigest sha = sha256();

  /** Adds a part after its length, so that no two lists of parts give the same name. */
  NameDigest add(String part) {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    sha.update(Integer.toString(bytes.length).getBytes(StandardCharsets.US_ASCII));
    sha.update((byte) ':');
    sha.update(bytes);
    return this;
  }

  /** Sixteen hexadecimal digits. */
  String name() {
    return HexFormat.of().formatHex(sha.digest()).substring(0, NAME_DIGITS);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
