package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The activity log of Gemini, newest first. An entry is a question and mostly its answer; both
 * happen at its time, which also says where they stand in their conversation, since the next log
 * begins with other entries. An entry that names no conversation is one of its own.
 */
final class GeminiReader implements UnitReader {
  private static final List<String> ASKING = List.of("Prompted ", "Asked ", "Said ");
  private static final List<String> OTHER_DEEDS =
      List.of("Created ", "Used ", "Gave feedback", "Selected preferred draft");
  private static final List<String> ELSEWHERE =
      List.of("header", "title", "time", "products", "activityControls", "safeHtmlItem");
  private static final Pattern CONVERSATION =
      Pattern.compile(
          "https?://gemini\\.google\\.com/(?:u/\\d{1,4}/)?(?:app|gem/[^/?#]+)/([^/?#]+).*");

  private final Records records;

  GeminiReader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    Span span = unit.span();
    try {
      if (!(Json.readElement(unit) instanceof Json.Members members)) {
        throw Fields.shape("It is not an object.");
      }
      Fields answering = new Fields(members);
      String answer = answer(answering);
      Fields entry = new Fields(members);
      String prompt = prompt(entry.needed("title"), answer);
      if (prompt == null) {
        return List.of(new ImportItem.Skipped("not_a_turn", span.start(), span.end()));
      }
      Turn turn = new Turn(prompt, time(entry), conversation(members));
      List<ImportItem> items = new ArrayList<>();
      items.add(prompt(turn, entry, span));
      if (!answer.isEmpty()) {
        items.add(answer(turn, answer, answering.isSanitised(), span));
      }
      return Records.closed(items, span);
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  /** The title without its verb; all of it where the verb is not known and there is an answer. */
  private static @Nullable String prompt(String title, String answer) {
    for (String verb : ASKING) {
      if (title.startsWith(verb)) {
        return title.substring(verb.length());
      }
    }
    boolean isOther = answer.isEmpty() || OTHER_DEEDS.stream().anyMatch(title::startsWith);
    return isOther ? null : title;
  }

  private ImportItem prompt(Turn turn, Fields entry, Span span) {
    String metadata = entry.without(Map.of("role", new Json.Text("user")), ELSEWHERE);
    Draft draft = draft(turn, 0, turn.prompt, "user", metadata);
    return records.item(draft, entry.isSanitised(), new Span(span.start(), span.start()));
  }

  private ImportItem answer(Turn turn, String answer, boolean isSanitised, Span span) {
    String metadata = Fields.object(Map.of("role", new Json.Text("assistant")));
    return records.item(draft(turn, 1, answer, "assistant", metadata), isSanitised, span);
  }

  private Draft draft(Turn turn, int place, String text, String speaker, String metadata) {
    return new Draft(
        MemoryKind.EPISODE,
        records.request().scope(),
        turn.session(),
        null,
        turn.position() + place,
        text,
        speaker,
        turn.time,
        metadata);
  }

  /** The parts of the answer as plain text; empty where there are none. */
  private static String answer(Fields entry) throws UnusableException {
    Json parts = entry.value("safeHtmlItem");
    if (parts == null) {
      return "";
    }
    if (!(parts instanceof Json.Items(List<Json> all))) {
      throw Fields.shape("'safeHtmlItem' is not an array.");
    }
    StringJoiner words = new StringJoiner("\n");
    for (Json part : all) {
      String html = part instanceof Json.Members members ? entry.inner(members, "html") : null;
      String text = html == null ? "" : HtmlText.of(html);
      if (!text.isEmpty()) {
        words.add(text);
      }
    }
    return words.toString();
  }

  private static Instant time(Fields entry) throws UnusableException {
    String written = entry.text("time");
    if (written == null) {
      throw new UnusableException(RejectionReason.MISSING_TIME, "There is no 'time'.");
    }
    return Times.instant(written)
        .orElseThrow(() ->
            new UnusableException(
                RejectionReason.INVALID_TIME, "'time' is not a time with an offset."));
  }

  private static @Nullable String conversation(Json.Members entry) {
    String named = conversation(entry.get("titleUrl"));
    if (named == null && entry.get("details") instanceof Json.Items(List<Json> details)) {
      for (Json detail : details) {
        if (named == null && detail instanceof Json.Members members) {
          named = conversation(members.get("url"));
        }
      }
    }
    return named;
  }

  private static @Nullable String conversation(@Nullable Json url) {
    if (!(url instanceof Json.Text(String written))) {
      return null;
    }
    Matcher parts = CONVERSATION.matcher(written);
    return parts.matches() ? new Cleaner().clean(parts.group(1)) : null;
  }

  /** A question with when and where it was asked. */
  private record Turn(String prompt, Instant time, @Nullable String conversation) {
    String session() {
      return conversation == null
          ? "entry-" + new NameDigest().add(time.toString()).add(prompt).name()
          : conversation;
    }

    long position() {
      return Math.max(0, 2 * time.toEpochMilli());
    }
  }
}
