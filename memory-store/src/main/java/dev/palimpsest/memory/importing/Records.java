package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes memories of drafts and gives each its identity: {@code (source, session, record id)}, and
 * for a record without an id {@code (source, session, speaker, time, text)}. Every imported memory
 * is untrusted. Immutable.
 */
final class Records {
  private final NewImport request;

  Records(NewImport request) {
    this.request = request;
  }

  NewImport request() {
    return request;
  }

  /** When a record of a format without times happened; null where no base time was given. */
  @Nullable Instant timeAt(long position) {
    Instant base = request.baseTime();
    Instant at = base == null ? null : base.plusMillis(position);
    return at != null && at.isAfter(MemoryText.LATEST) ? MemoryText.LATEST : at;
  }

  /** The record, or why it cannot be one. */
  ImportItem item(Draft draft, boolean isSanitised, Span span) {
    return item(draft, Validity.ALWAYS, isSanitised, span);
  }

  /** A record that holds for a time, or why it cannot be one. */
  ImportItem item(Draft draft, Validity validity, boolean isSanitised, Span span) {
    if (draft.text().isBlank()) {
      return bad(RejectionReason.EMPTY_TEXT, "There is no text.", span);
    }
    String tooLong = tooLong(draft);
    if (tooLong != null) {
      return bad(RejectionReason.RECORD_TOO_LARGE, tooLong, span);
    }
    Origin origin =
        new Origin(request.source(), draft.session(), draft.recordId(), draft.position());
    MemoryText text =
        MemoryText.of(draft.text())
            .saidBy(draft.speaker())
            .happenedAt(draft.happenedAt())
            .valid(validity.from(), validity.to())
            .withMetadata(draft.metadata());
    NewMemory memory =
        new NewMemory(draft.scope(), draft.kind(), origin, text, identity(draft), repeat(validity));
    return new ImportItem.Found(memory, isSanitised, span.start(), span.end());
  }

  private static NewMemory.Repeat repeat(Validity validity) {
    return validity.isOneOfSeveral()
        ? NewMemory.Repeat.ONE_OF_SEVERAL
        : NewMemory.Repeat.NEXT_VERSION;
  }

  static ImportItem bad(RejectionReason reason, String detail, Span span) {
    return new ImportItem.Bad(reason, detail, span.start(), span.end());
  }

  /** The items of one unit, the last of which moves on to the unit's end. */
  static List<ImportItem> closed(List<ImportItem> items, Span span) {
    List<ImportItem> closed = new ArrayList<>(items);
    closed.add(
        switch (closed.removeLast()) {
          case ImportItem.Found(var memory, boolean isSanitised, long start, long end) ->
              new ImportItem.Found(memory, isSanitised, start, span.end());
          case ImportItem.Kept(var version, long start, long end) ->
              new ImportItem.Kept(version, start, span.end());
          case ImportItem.Bad(var reason, String detail, long start, long end) ->
              new ImportItem.Bad(reason, detail, start, span.end());
          case ImportItem.Skipped(String why, long start, long end) ->
              new ImportItem.Skipped(why, start, span.end());
        });
    return closed;
  }

  private static @Nullable String tooLong(Draft draft) {
    if (draft.text().length() > MemoryText.TEXT_CHARACTERS_MAX) {
      return "The text has more than " + MemoryText.TEXT_CHARACTERS_MAX + " characters.";
    }
    if (draft.metadata().length() > MemoryText.METADATA_CHARACTERS_MAX) {
      return "The metadata has more than " + MemoryText.METADATA_CHARACTERS_MAX + " characters.";
    }
    boolean isLong = isLong(draft.session()) || isLong(draft.recordId()) || isLong(draft.speaker());
    return isLong
        ? "Session, id or speaker has more than " + Origin.CHARACTERS_MAX + " characters."
        : null;
  }

  private static boolean isLong(@Nullable String part) {
    return part != null && part.length() > Origin.CHARACTERS_MAX;
  }

  private String identity(Draft draft) {
    return draft.recordId() == null
        ? joined(
            "said",
            request.source(),
            draft.session(),
            draft.speaker(),
            Objects.toString(draft.happenedAt(), null),
            draft.text())
        : joined("id", request.source(), draft.session(), draft.recordId());
  }

  /** Each part after its length, so that no two lists of parts give the same text. */
  private static String joined(@Nullable String... parts) {
    StringBuilder all = new StringBuilder();
    for (String part : parts) {
      if (part == null) {
        all.append("-:");
      } else {
        all.append(part.length()).append(':').append(part);
      }
    }
    return all.toString();
  }
}
