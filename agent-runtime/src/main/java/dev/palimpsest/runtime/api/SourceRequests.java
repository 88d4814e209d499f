package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a new memory is said to be made of: read from the request first, and looked up after all of
 * the request is known to be well formed. Used by one thread, for one request.
 */
final class SourceRequests {
  /** Sources that one request may name; the text of each is read. */
  static final int SOURCES_MAX = 64;

  private static final String FIELD = "sources";
  private static final int WORD_CHARACTERS_MAX = 64;

  private final Fields request;
  private final List<Asked> asked;

  private SourceRequests(Fields request, List<Asked> asked) {
    this.request = request;
    this.asked = asked;
  }

  /**
   * One source as the client named it.
   *
   * @param fields where what is wrong with it is noted
   * @param version null: the newest
   * @param span null: all of the text, or the quote
   */
  private record Asked(
      Fields fields,
      String memory,
      @Nullable Integer version,
      MadeOf.@Nullable Span span,
      @Nullable String quote) {}

  /** Reads the field; what is wrong with it is noted. */
  static SourceRequests read(Fields fields) {
    List<Asked> asked = new ArrayList<>();
    List<JsonNode> elements = fields.elements(FIELD);
    if (fields.has(FIELD) && !fields.isNull(FIELD) && !fields.isArray(FIELD)) {
      fields.refuse(FIELD, "must be a list of objects");
    }
    if (elements.size() > SOURCES_MAX) {
      fields.refuse(FIELD, "has " + elements.size() + " elements; at most " + SOURCES_MAX);
      return new SourceRequests(fields, asked);
    }
    for (int i = 0; i < elements.size(); i++) {
      asked.add(source(fields.element(FIELD, i, elements.get(i))));
    }
    return new SourceRequests(fields, asked);
  }

  private static Asked source(Fields source) {
    String memory = source.requiredText("memory", WORD_CHARACTERS_MAX);
    Integer version = source.wholeNumber("version", 1, Integer.MAX_VALUE);
    String quote = source.text("quote", MemoryText.TEXT_CHARACTERS_MAX);
    if (quote != null && quote.isEmpty()) {
      source.refuse("quote", "is empty; leave it out instead");
    }
    MadeOf.Span span = span(source);
    if (quote != null && (source.has("start") || source.has("end"))) {
      source.refuse("quote", "stands beside 'start' and 'end'; give one or the other");
    }
    source.refuseOthers();
    return new Asked(source, memory, version, span, quote);
  }

  private static MadeOf.@Nullable Span span(Fields source) {
    Integer start = source.wholeNumber("start", 0, MemoryText.TEXT_CHARACTERS_MAX);
    Integer end = source.wholeNumber("end", 1, MemoryText.TEXT_CHARACTERS_MAX);
    if (start == null || end == null) {
      boolean isHalf = (start == null) != (end == null);
      if (isHalf && source.isGood("start") && source.isGood("end")) {
        source.refuse(start == null ? "start" : "end", "is missing");
      }
      return null;
    }
    if (end <= start) {
      source.refuse("end", "is " + end + "; above 'start'");
      return null;
    }
    return new MadeOf.Span(start, end);
  }

  /**
   * The memory, made of what was named, and trusted no more than the least of it.
   *
   * @param wanted as the rest of the request says
   * @throws ProblemException naming every source that cannot be one; 409 for one that was revoked
   */
  NewMemory complete(NewMemory wanted, NamedMemories named) {
    if (asked.isEmpty()) {
      return wanted;
    }
    Label label = wanted.content().label();
    List<MadeOf> parts = new ArrayList<>();
    for (Asked one : asked) {
      Memory source = find(one, wanted.scope(), named);
      MadeOf.Span span = source == null ? null : span(one, source.text());
      if (source != null) {
        label = Label.lowest(label, source.content().label());
        parts.add(new MadeOf(source.versionId(), span));
      }
    }
    request.check();
    return new NewMemory(
            wanted.scope(),
            wanted.kind(),
            wanted.origin(),
            wanted.content().labelled(label),
            wanted.identity(),
            wanted.repeat())
        .madeOf(parts);
  }

  /** The version that is meant; null where it was noted that there is none. */
  private static @Nullable Memory find(Asked one, Scope scope, NamedMemories named) {
    Memory newest = named.find(one.memory, scope).orElse(null);
    if (newest == null) {
      one.fields.refuse("memory", "names no memory");
      return null;
    }
    if (newest.isRevoked()) {
      throw new ProblemException(
          ProblemKind.REVOKED, "Memory " + newest.id() + " was revoked; nothing is made of it.");
    }
    if (one.version == null || one.version == newest.version()) {
      return newest;
    }
    Memory earlier = named.version(new VersionId(newest.id(), one.version)).orElse(null);
    if (earlier == null) {
      one.fields.refuse("version", "is " + one.version + "; the newest is " + newest.version());
    }
    return earlier;
  }

  private static MadeOf.@Nullable Span span(Asked one, String text) {
    if (one.quote != null) {
      int start = text.indexOf(one.quote);
      if (start < 0) {
        one.fields.refuse("quote", "does not stand in the text of the memory");
        return null;
      }
      return new MadeOf.Span(start, start + one.quote.length());
    }
    if (one.span != null) {
      within(one.fields, one.span, text);
    }
    return one.span;
  }

  /** A span of UTF-16 units that begins and ends between characters of the text. */
  private static void within(Fields fields, MadeOf.Span span, String text) {
    if (span.end() > text.length()) {
      fields.refuse("end", "is " + span.end() + "; the text has " + text.length() + " units");
    } else if (isWithinCharacter(text, span.start())) {
      fields.refuse("start", "is " + span.start() + ", within a character");
    } else if (isWithinCharacter(text, span.end())) {
      fields.refuse("end", "is " + span.end() + ", within a character");
    }
  }

  private static boolean isWithinCharacter(String text, int place) {
    return place > 0
        && place < text.length()
        && Character.isSurrogatePair(text.charAt(place - 1), text.charAt(place));
  }

  /**
   * Whether the same was asked for when this was made. What was named without a version may have
   * become newer since.
   */
  boolean isSame(List<MadeOf> made, NamedMemories named) {
    if (made.size() != asked.size()) {
      return false;
    }
    for (int i = 0; i < made.size(); i++) {
      if (!isSame(asked.get(i), made.get(i), named)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSame(Asked one, MadeOf made, NamedMemories named) {
    boolean isVersion =
        one.memory.equals(made.version().id().value())
            && (one.version == null || one.version == made.version().version());
    MadeOf.Span span = made.span();
    if (!isVersion || one.quote == null || span == null) {
      return isVersion
          && one.quote == null
          && (one.span == null ? span == null : one.span.equals(span));
    }
    // Of a source that was erased the words are gone, and only how many they were is known.
    return named
        .version(made.version())
        .flatMap(memory -> span.of(memory.text()))
        .map(one.quote::equals)
        .orElse(one.quote.length() == span.end() - span.start());
  }
}
