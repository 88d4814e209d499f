package dev.palimpsest.memory;

import org.jspecify.annotations.Nullable;

/**
 * What the checking of a chain came to. It ends at the first thing that is wrong.
 *
 * @param upTo the head that was checked against
 * @param links links that add up
 * @param versions versions whose hash is right
 * @param erased versions of which only the hash is left
 * @param unsealed versions from before there were hashes; nothing is known of them
 * @param broken what is wrong first; null when nothing is
 */
public record ChainReport(
    ChainHead upTo, long links, long versions, long erased, long unsealed, @Nullable Break broken) {
  /**
   * Something that is not as it was written.
   *
   * @param change number of the write concerned
   * @param version the version concerned; null where it is none in particular
   * @param what one sentence that quotes no text
   */
  public record Break(long change, @Nullable VersionId version, String what) {}
}
