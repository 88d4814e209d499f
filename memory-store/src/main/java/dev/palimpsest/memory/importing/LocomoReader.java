package dev.palimpsest.memory.importing;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.palimpsest.memory.MemoryKind;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Dialogues of the LoCoMo benchmark: an array of samples, each with sessions of turns. Only the
 * turns become memories; questions, summaries and observations are the answers of the benchmark and
 * are passed over. The name of a sample may stand after its turns, so a sample is read twice.
 */
final class LocomoReader implements UnitReader {
  /** Turns and other items of one sample at most; what is beyond them is one rejection. */
  static final int ITEMS_MAX = 100_000;

  private final Records records;

  LocomoReader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    try {
      // Also finds out whether it is UTF-8, which the parser below takes for granted.
      String text = unit.element();
      assert !text.isEmpty();
      LocomoSample sample = LocomoSample.read(unit);
      return turns(unit, sample);
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private List<ImportItem> turns(Unit unit, LocomoSample sample) throws UnusableException {
    Span span = unit.span();
    List<ImportItem> items =
        Json.scan(
            unit,
            parser -> {
              JsonToken opening = parser.nextToken();
              assert opening == JsonToken.START_OBJECT;
              return items(parser, sample, span);
            });
    return closed(items, span);
  }

  private List<ImportItem> items(JsonParser parser, LocomoSample sample, Span span)
      throws IOException, UnusableException {
    List<ImportItem> items = new ArrayList<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      JsonToken value = parser.nextToken();
      if (name.equals("qa") && value == JsonToken.START_ARRAY) {
        skipQuestions(parser, span, items);
      } else if (name.equals("conversation") && value == JsonToken.START_OBJECT) {
        conversation(parser, sample, span, items);
      } else {
        parser.skipChildren();
      }
    }
    return items;
  }

  /** The sample is done with its last item; a sample without any is one that is skipped. */
  private static List<ImportItem> closed(List<ImportItem> items, Span span) {
    if (items.size() > ITEMS_MAX) {
      items.set(
          ITEMS_MAX,
          Records.bad(
              RejectionReason.RECORD_TOO_LARGE,
              "The sample has more than " + ITEMS_MAX + " turns and questions.",
              span));
      return items;
    }
    if (items.isEmpty()) {
      return List.of(new ImportItem.Skipped("empty_conversation", span.start(), span.end()));
    }
    return Records.closed(items, span);
  }

  private static void skipQuestions(JsonParser parser, Span span, List<ImportItem> items)
      throws IOException {
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      parser.skipChildren();
      add(items, new ImportItem.Skipped("questions_not_imported", span.start(), span.start()));
    }
  }

  private void conversation(
      JsonParser parser, LocomoSample sample, Span span, List<ImportItem> items)
      throws IOException, UnusableException {
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      JsonToken value = parser.nextToken();
      if (LocomoSample.isSession(name) && value == JsonToken.START_ARRAY) {
        session(parser, new Session(sample, name), span, items);
      } else {
        parser.skipChildren();
      }
    }
    for (int i = 0; i < sample.datesWithoutTurns(); i++) {
      add(items, new ImportItem.Skipped("session_without_turns", span.start(), span.start()));
    }
  }

  private void session(JsonParser parser, Session session, Span span, List<ImportItem> items)
      throws IOException, UnusableException {
    long position = 0;
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      long at = span.start() + Math.max(0, parser.currentTokenLocation().getByteOffset());
      Json turn = new Json.Reading(parser).value(token);
      // A place in the file for the reader of a rejection; nothing is done before the whole sample.
      ImportItem item = item(turn, session, position, new Span(at, Math.max(at, span.start())));
      add(items, item);
      position++;
    }
  }

  private ImportItem item(Json turn, Session session, long position, Span at) {
    try {
      if (turn instanceof Json.Members members) {
        return record(new Fields(members), session, position, at);
      }
      throw Fields.shape("A turn is not an object.");
    } catch (UnusableException e) {
      return Records.bad(e.reason(), e.detail(), at);
    }
  }

  private ImportItem record(Fields turn, Session session, long position, Span at)
      throws UnusableException {
    String said = turn.needed("text");
    String caption = turn.value("blip_caption") == null ? null : turn.text("blip_caption");
    String text = caption == null || caption.isBlank() ? said : (said + " " + caption).strip();
    String id = turn.name("dia_id");
    Cleaner cleaner = new Cleaner();
    String sampleId = cleaner.clean(session.sample.id());
    Instant time = session.time();
    Draft draft =
        new Draft(
            MemoryKind.EPISODE,
            records.request().scope(),
            sampleId + "/" + session.name,
            id == null ? null : sampleId + "/" + id,
            position,
            text,
            turn.name("speaker"),
            time,
            turn.without(Map.of("sample_id", new Json.Text(sampleId)), List.of("text", "speaker")));
    return records.item(draft, turn.isSanitised() || cleaner.hasReplaced(), at);
  }

  /** One more than allowed is remembered, so that {@link #closed} can tell. */
  private static void add(List<ImportItem> items, ImportItem item) {
    if (items.size() <= ITEMS_MAX) {
      items.add(item);
    }
  }

  /** A session and when it took place. */
  private record Session(LocomoSample sample, String name) {
    @Nullable Instant time() throws UnusableException {
      String written = sample.dates().get(name);
      if (written == null) {
        return null;
      }
      Optional<Instant> time = Times.locomo(written);
      if (time.isEmpty()) {
        throw new UnusableException(
            RejectionReason.INVALID_TIME, "The time of its session cannot be read.");
      }
      return time.get();
    }
  }
}
