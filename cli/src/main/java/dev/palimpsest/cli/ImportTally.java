package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * How many records of a file came to what; {@code read = stored + duplicate + rejected} as the
 * service counts them.
 *
 * @param sanitised of those stored, how many had a character replaced that cannot be stored
 */
record ImportTally(long read, long stored, long duplicate, long rejected, long sanitised) {
  static final ImportTally NOTHING = new ImportTally(0, 0, 0, 0, 0);

  /** Reads an acknowledgement or a report; a number that is not there is 0. */
  static ImportTally of(JsonNode counts) {
    return new ImportTally(
        counts.path("read").asLong(),
        counts.path("stored").asLong(),
        counts.path("duplicate").asLong(),
        counts.path("rejected").asLong(),
        counts.path("sanitised").asLong());
  }
}
