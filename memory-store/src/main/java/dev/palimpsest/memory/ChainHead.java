package dev.palimpsest.memory;

/**
 * Where a tenant's chain stands.
 *
 * @param change number of the newest link; 0 where there is none
 * @param link its SHA-256 in hexadecimal; empty where there is none
 */
public record ChainHead(long change, String link) {
  /** A chain without links. */
  public static final ChainHead NONE = new ChainHead(0, "");
}
