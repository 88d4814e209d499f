package dev.palimpsest.memory;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a version of a memory says, without who keeps it and when it was learned. Its times are cut
 * to whole microseconds, which is what the store can hold, and lie in the years 1 to 9999.
 *
 * @param text verbatim, 1 to {@link #TEXT_CHARACTERS_MAX} UTF-16 units, not blank
 * @param speaker who said it; null where nobody did, at most {@link Origin#CHARACTERS_MAX}
 * @param happenedAt when it happened or was said; null where unknown
 * @param validFrom from when it holds; null: since {@code happenedAt}, or always
 * @param validTo until when it holds, that moment excluded; null: still
 * @param label how far it may be trusted
 * @param metadata a JSON object as it was handed in, at most {@link #METADATA_CHARACTERS_MAX}
 */
public record MemoryText(
    String text,
    @Nullable String speaker,
    @Nullable Instant happenedAt,
    @Nullable Instant validFrom,
    @Nullable Instant validTo,
    Label label,
    String metadata) {
  /** The longest text, in UTF-16 units. */
  public static final int TEXT_CHARACTERS_MAX = 1 << 20;

  /** The longest metadata, in UTF-16 units. */
  public static final int METADATA_CHARACTERS_MAX = 1 << 16;

  /** The earliest time that can be remembered. */
  public static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  /** The latest time that can be remembered. */
  public static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

  /** The metadata of a memory that has none. */
  public static final String NO_METADATA = "{}";

  /**
   * Refuses blank, overlong and unstorable texts, times out of range and a validity that ends
   * before it begins.
   */
  public MemoryText {
    StorableText.require("text", text, TEXT_CHARACTERS_MAX);
    if (text.isBlank()) {
      throw new IllegalArgumentException("text is blank");
    }
    if (speaker != null) {
      StorableText.require("speaker", speaker, Origin.CHARACTERS_MAX);
    }
    StorableText.require("metadata", metadata, METADATA_CHARACTERS_MAX);
    happenedAt = storable("happened_at", happenedAt);
    validFrom = storable("valid_from", validFrom);
    validTo = storable("valid_to", validTo);
    if (validFrom != null && validTo != null && validTo.isBefore(validFrom)) {
      throw new IllegalArgumentException("valid_to is before valid_from");
    }
  }

  /** An untrusted, undated saying, for the {@code with} methods to build on. */
  public static MemoryText of(String text) {
    return new MemoryText(text, null, null, null, null, Label.UNTRUSTED, NO_METADATA);
  }

  /**
   * What is searched by: the text after its speaker, as a transcript has it. Word index and vectors
   * are made of this same text.
   */
  public String spoken() {
    return speaker == null ? text : speaker + ": " + text;
  }

  /** The same, said by somebody. */
  public MemoryText saidBy(@Nullable String who) {
    return new MemoryText(text, who, happenedAt, validFrom, validTo, label, metadata);
  }

  /** The same, at another time. */
  public MemoryText happenedAt(@Nullable Instant when) {
    return new MemoryText(text, speaker, when, validFrom, validTo, label, metadata);
  }

  /** The same, valid for another time. */
  public MemoryText valid(@Nullable Instant from, @Nullable Instant to) {
    return new MemoryText(text, speaker, happenedAt, from, to, label, metadata);
  }

  /** The same, valid until a moment that is not before it begins to be. */
  public MemoryText until(Instant end) {
    return valid(validFrom, end);
  }

  /** When it begins to hold; null: always. */
  public @Nullable Instant holdsFrom() {
    return validFrom == null ? happenedAt : validFrom;
  }

  /** The same, trusted otherwise. */
  public MemoryText labelled(Label how) {
    return new MemoryText(text, speaker, happenedAt, validFrom, validTo, how, metadata);
  }

  /** The same with other metadata. */
  public MemoryText withMetadata(String json) {
    return new MemoryText(text, speaker, happenedAt, validFrom, validTo, label, json);
  }

  /**
   * The time as it can be kept: whole microseconds.
   *
   * @throws IllegalArgumentException naming the field, for a time outside of the years 1 to 9999
   */
  public static @Nullable Instant storable(String field, @Nullable Instant time) {
    if (time == null) {
      return null;
    }
    Instant cut = time.truncatedTo(ChronoUnit.MICROS);
    if (cut.isBefore(EARLIEST) || cut.isAfter(LATEST)) {
      throw new IllegalArgumentException(field + " is not in the years 1 to 9999");
    }
    return cut;
  }
}
