package dev.palimpsest.memory;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key as a client presents it: {@code pal_<tenant>.<key id>.<secret>}. The tenant can be read
 * from it, so that row-level security is set before the look-up; the secret is 256 random bits in
 * unpadded base64url, of which the store keeps the SHA-256 alone (a slow hash would guard guessable
 * secrets, and these are not).
 *
 * @param secret 43 characters
 */
public record KeyText(TenantId tenant, KeyId key, String secret) {
  private static final int SECRET_BYTES = 32;
  private static final Pattern SHAPE =
      Pattern.compile("pal_([a-z0-9_-]{1,63})\\.(key_[0-9A-Za-z]{1,60})\\.([0-9A-Za-z_-]{43})");

  /** A new secret for {@code key}. */
  public static KeyText generate(TenantId tenant, KeyId key, SecureRandom random) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return new KeyText(tenant, key, Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
  }

  /** Reads a presented key; empty when it is none of ours. */
  public static Optional<KeyText> parse(String presented) {
    Matcher parts = SHAPE.matcher(presented);
    if (!parts.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new KeyText(new TenantId(parts.group(1)), new KeyId(parts.group(2)), parts.group(3)));
  }

  /** The whole text, secret included. */
  public String text() {
    return "pal_" + tenant + "." + key + "." + secret;
  }

  /** SHA-256 of the secret's characters; a new array. */
  public byte[] secretHash() {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(secret.getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Whether the secret is the one of which {@code hash} was kept; in constant time. */
  public boolean matches(byte[] hash) {
    return MessageDigest.isEqual(hash, secretHash());
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "KeyText[tenant=" + tenant + ", key=" + key + ", secret=hidden]";
  }
}
