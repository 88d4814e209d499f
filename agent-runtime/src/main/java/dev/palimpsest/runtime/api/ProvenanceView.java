package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.palimpsest.memory.Ancestry;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.runtime.guard.Names;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A version on the way back to the words: what it says and what it was made of.
 *
 * @param memory id
 * @param state {@code known}; {@code erased}: only its name is left; {@code hidden}: it is another
 *     user's; {@code repeated}: it stands elsewhere in the answer with its sources; {@code cut}: it
 *     lies beyond the bounds of the answer
 * @param span what of its text was used, in the version that stands above it; null: all of it
 * @param text what it says; null unless it is known
 * @param label how far it may be trusted; null unless it is known
 * @param revoked since when and why it is not recalled; null when it is
 * @param from the event or record that its words come from; null for what was made of others
 * @param sources what it was made of, in order
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ProvenanceView(
    String memory,
    int version,
    String state,
    @Nullable SpanView span,
    @Nullable String text,
    @Nullable String label,
    MemoryView.@Nullable RevokedView revoked,
    @Nullable From from,
    List<ProvenanceView> sources) {

  /**
   * A part of a text.
   *
   * @param start UTF-16 unit of the text
   * @param end UTF-16 unit of the text, excluded
   * @param quote its words; null where the text is not there to be read
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record SpanView(int start, int end, @Nullable String quote) {
    static @Nullable SpanView of(MadeOf.@Nullable Span span, @Nullable String text) {
      return span == null
          ? null
          : new SpanView(
              span.start(), span.end(), text == null ? null : span.of(text).orElse(null));
    }
  }

  /**
   * Where words were said or stood.
   *
   * @param kind {@code turn}, {@code import} or {@code client}
   * @param source its name
   * @param session of ours or of the import
   * @param turn of our session
   * @param event of our session
   * @param importId the import
   * @param offset byte in the import's file
   * @param record id there
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record From(
      String kind,
      String source,
      @Nullable String session,
      @Nullable String turn,
      @Nullable Long event,
      @Nullable String importId,
      @Nullable Long offset,
      @Nullable String record) {
    static From of(Ancestry ancestry) {
      Origin origin = ancestry.memory().origin();
      String record = origin.recordId();
      if (ancestry.importId() != null) {
        return new From(
            "import",
            origin.source(),
            origin.session(),
            null,
            null,
            ancestry.importId(),
            ancestry.importOffset(),
            record);
      }
      if (origin.source().equals(Origin.OF_SESSIONS) && record != null) {
        String turn = record.split("/", 2)[0];
        return new From(
            "turn", origin.source(), origin.session(), turn, origin.position(), null, null, null);
      }
      return new From("client", origin.source(), origin.session(), null, null, null, null, record);
    }
  }

  static ProvenanceView of(
      Ancestry ancestry, MadeOf.@Nullable Span span, List<ProvenanceView> sources) {
    Memory memory = ancestry.memory();
    return new ProvenanceView(
        memory.id().value(),
        memory.version(),
        "known",
        SpanView.of(span, memory.text()),
        memory.text(),
        Names.of(memory.content().label()),
        MemoryView.RevokedView.of(memory.revoked()),
        From.of(ancestry),
        sources);
  }

  /** One that stands elsewhere in the answer, and here perhaps with other words of it. */
  static ProvenanceView repeated(Ancestry ancestry, MadeOf.@Nullable Span span) {
    return bare(ancestry.version(), "repeated", SpanView.of(span, ancestry.memory().text()));
  }

  static ProvenanceView nameOnly(MadeOf part, String state) {
    return bare(part.version(), state, SpanView.of(part.span(), null));
  }

  private static ProvenanceView bare(VersionId version, String state, @Nullable SpanView span) {
    return new ProvenanceView(
        version.id().value(), version.version(), state, span, null, null, null, null, List.of());
  }
}
