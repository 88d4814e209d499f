package dev.palimpsest.memory;

import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * Ids of 26 characters of Crockford's base 32 after the prefix: 48 bits of milliseconds, then 80
 * random bits (the layout of a ULID). Within one millisecond the order is random.
 */
public final class SortableIds implements IdSource {
  private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int TIME_CHARACTERS = 10;
  private static final int RANDOM_CHARACTERS = 16;
  private static final int BITS = 5;

  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * Reads the time from {@code clock}.
   *
   * @param random safe for many threads; a {@link java.security.SecureRandom} in the service, since
   *     ids must not be guessed across users
   */
  public SortableIds(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  @Override
  public String next(String prefix) {
    StringBuilder id = new StringBuilder(prefix);
    long millis = clock.millis();
    for (int i = TIME_CHARACTERS - 1; i >= 0; i--) {
      id.append(ALPHABET.charAt((int) (millis >>> (BITS * i)) & 31));
    }
    for (int i = 0; i < RANDOM_CHARACTERS; i++) {
      id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return id.toString();
  }
}
