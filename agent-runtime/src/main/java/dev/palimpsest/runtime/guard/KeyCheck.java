package dev.palimpsest.runtime.guard;

import dev.palimpsest.memory.ApiKeys;
import dev.palimpsest.memory.Right;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls. Blocks while the store is asked, so it belongs on a virtual thread; safe for
 * many.
 */
public final class KeyCheck {
  /** What a key on offer as a WebSocket subprotocol begins with. */
  public static final String KEY_PREFIX = "pal_";

  /** The subprotocol that a client offers beside its key, and the one that is agreed on. */
  public static final String SUBPROTOCOL = "palimpsest";

  /** Calls that have a body and leave nothing behind. */
  private static final Set<String> READING =
      Set.of("/v1/memories/search", "/v1/memories/self-test", "/v1/embeddings", "/v1/rerank");

  /** What changes how a tenant is served, and all below. */
  private static final List<String> ADMINISTRATION = List.of("/v1/keys", "/v1/embeddings/spaces");

  private static final String BEARER = "bearer ";

  private final boolean asksForKeys;
  private final Optional<String> adminKey;
  private final Supplier<ApiKeys> keys;

  /**
   * Takes what is known at start.
   *
   * @param asksForKeys false where everybody who reaches the service is its owner
   * @param adminKey a key with all rights in the default tenant, from the admin key file
   * @param keys the stored keys
   */
  public KeyCheck(boolean asksForKeys, Optional<String> adminKey, Supplier<ApiKeys> keys) {
    this.asksForKeys = asksForKeys;
    this.adminKey = adminKey;
    this.keys = keys;
  }

  /** Whether a request has to bring a key. */
  public boolean asksForKeys() {
    return asksForKeys;
  }

  /**
   * Who calls.
   *
   * @param authorization the header, or null
   * @param subprotocols the values of {@code Sec-WebSocket-Protocol}; empty for plain requests
   * @throws ProblemException 401
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Caller caller(@Nullable String authorization, List<String> subprotocols) {
    if (!asksForKeys) {
      return Caller.OWNER;
    }
    String presented = presented(authorization, subprotocols);
    if (presented == null) {
      throw new ProblemException(
          ProblemKind.UNAUTHENTICATED, "Send the key as 'Authorization: Bearer KEY'.");
    }
    if (adminKey.isPresent() && isSame(adminKey.get(), presented)) {
      return Caller.OWNER;
    }
    return keys.get()
        .authenticate(presented)
        .map(Caller::of)
        .orElseThrow(() ->
            new ProblemException(
                ProblemKind.UNAUTHENTICATED, "The key is unknown or was revoked."));
  }

  /** What a plain request needs: reading, writing, or administration. */
  static Right rightFor(String method, String path) {
    if (ADMINISTRATION.stream().anyMatch(p -> path.equals(p) || path.startsWith(p + "/"))) {
      return Right.ADMIN;
    }
    boolean isReading = method.equals("GET") || method.equals("HEAD") || READING.contains(path);
    return isReading ? Right.READ : Right.WRITE;
  }

  private static @Nullable String presented(
      @Nullable String authorization, List<String> subprotocols) {
    if (authorization != null) {
      return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
          ? authorization.substring(BEARER.length()).strip()
          : null;
    }
    for (String header : subprotocols) {
      for (String offered : List.of(header.split(",", -1))) {
        if (offered.strip().startsWith(KEY_PREFIX)) {
          return offered.strip();
        }
      }
    }
    return null;
  }

  /** Compares digests, so that the time taken says nothing about length or content. */
  private static boolean isSame(String expected, String presented) {
    return MessageDigest.isEqual(digest(expected), digest(presented));
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
