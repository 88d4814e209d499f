package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what is asked of memories. */
final class MemoryRequests {
  /** What keeps a client's keys apart from the identities of imported records. */
  private static final String KEY_IDENTITY = "idempotency-key\n";

  /** What a new memory begins with; every word of it is asked for. */
  private static final MemoryText NOTHING = MemoryText.of("-").labelled(Label.USER);

  private static final List<String> FIXED =
      List.of("id", "scope", "kind", "source", "sources", "session", "label", "imported_at");

  private MemoryRequests() {}

  /**
   * A memory that is asked for.
   *
   * @param memory but for what it is made of
   * @param sources to be looked up
   * @param ends to be looked up
   */
  record Asked(NewMemory memory, SourceRequests sources, EndRequests ends) {}

  /** A new memory, under the caller's user where the key is bound to one. */
  static Asked create(Fields fields, Caller caller, @Nullable String idempotencyKey) {
    MemoryText content = content(fields, NOTHING, true);
    Scope scope = SessionRequests.scope(fields);
    MemoryKind kind = fields.word("kind", MemoryKind.class);
    String source = fields.text("source", Origin.CHARACTERS_MAX);
    Origin origin =
        fields.checked(
            "source", () -> new Origin(source == null ? Origin.OF_CLIENTS : source, null, null, 0));
    SourceRequests sources = SourceRequests.read(fields);
    EndRequests ends = EndRequests.read(fields);
    fields.refuseOthers();
    fields.check();
    if (content == null || origin == null) {
      throw new IllegalStateException("what is wrong with the request was not noted");
    }
    NewMemory wanted =
        new NewMemory(
            SessionRequests.bound(scope, caller),
            kind == null ? MemoryKind.EPISODE : kind,
            origin,
            content,
            idempotencyKey == null ? null : KEY_IDENTITY + idempotencyKey,
            NewMemory.Repeat.CONFLICT);
    return new Asked(wanted, sources, ends);
  }

  /** The next version: null clears, absence keeps. */
  static MemoryText patch(Fields fields, MemoryText old) {
    for (String name : FIXED) {
      if (fields.has(name)) {
        fields.refuse(name, "cannot be changed");
      }
    }
    MemoryText content = content(fields, old, false);
    fields.refuseOthers();
    fields.check();
    if (content == null) {
      throw new IllegalStateException("what is wrong with the request was not noted");
    }
    return content;
  }

  /** What a memory says; null where something is wrong with it. */
  private static @Nullable MemoryText content(Fields fields, MemoryText old, boolean isNew) {
    String text = isNew || fields.has("text") ? text(fields) : old.text();
    String said = fields.text("speaker", Origin.CHARACTERS_MAX);
    if (said != null && said.isEmpty()) {
      fields.refuse("speaker", "is empty; leave it out instead");
    }
    Instant happened = fields.time("happened_at");
    Instant from = fields.time("valid_from");
    Instant to = fields.time("valid_to");
    String metadata = fields.rawObject("metadata", MemoryText.METADATA_CHARACTERS_MAX);
    String speaker = fields.has("speaker") ? said : old.speaker();
    Instant happenedAt = fields.has("happened_at") ? happened : old.happenedAt();
    Instant validFrom = fields.has("valid_from") ? from : old.validFrom();
    Instant validTo = fields.has("valid_to") ? to : old.validTo();
    String kept = fields.has("metadata") ? MemoryText.NO_METADATA : old.metadata();
    if (validFrom != null && validTo != null && validTo.isBefore(validFrom)) {
      fields.refuse("valid_to", "is before valid_from");
    }
    boolean isGood = fields.isGood("text") && fields.isGood("valid_to");
    return isGood
        ? new MemoryText(
            text,
            speaker,
            happenedAt,
            validFrom,
            validTo,
            old.label(),
            metadata == null ? kept : metadata)
        : null;
  }

  private static String text(Fields fields) {
    String text = fields.requiredText("text", MemoryText.TEXT_CHARACTERS_MAX);
    if (text.isBlank() && fields.isGood("text")) {
      fields.refuse("text", "is blank");
    }
    return text;
  }
}
