package dev.palimpsest.memory;

/**
 * A key at the one moment when its secret is known.
 *
 * @param key what stays known
 * @param secret the whole text a client presents; shown once, stored nowhere
 */
public record NewKey(ApiKey key, String secret) {
  /** Without the secret, so that no log line ever holds it. */
  @Override
  public String toString() {
    return "NewKey[key=" + key + ", secret=hidden]";
  }
}
