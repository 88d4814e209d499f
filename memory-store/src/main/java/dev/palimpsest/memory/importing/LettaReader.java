package dev.palimpsest.memory.importing;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.palimpsest.memory.MemoryKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Agent files of Letta: one document with the conversations of its agents and the blocks that they
 * keep in sight, or a text that holds such a document. Blocks become pinned memories. What the file
 * says of tools, their code and models is passed over unread, and nothing of it is ever run.
 */
final class LettaReader implements UnitReader {
  /** Messages and blocks of one file at most. */
  static final int ITEMS_MAX = 100_000;

  private static final List<String> OF_BLOCK = List.of("id", "value");
  private static final String UNNAMED = "agent";

  private final Records records;

  LettaReader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    try {
      String text = unit.element();
      boolean isWrapped = text.startsWith("\"");
      if (isWrapped && Json.read(unit) instanceof Json.Text(String document)) {
        return items(document, unit.span(), false);
      }
      return items(text, unit.span(), unit.isCut());
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private List<ImportItem> items(String document, Span span, boolean isCut)
      throws UnusableException {
    try (JsonParser parser = Json.FACTORY.createParser(document)) {
      List<ImportItem> items = new Document(parser, span).items();
      return items.isEmpty()
          ? List.of(new ImportItem.Skipped("empty_document", span.start(), span.end()))
          : Records.closed(items, span);
    } catch (JsonParseException e) {
      throw Json.problem(e, isCut, document.length());
    } catch (StreamConstraintsException e) {
      throw Json.tooMuch();
    } catch (IOException e) {
      throw new IllegalStateException("a string in memory can always be read", e);
    }
  }

  /** One reading of a document, which counts what it keeps. */
  private final class Document {
    private final JsonParser parser;
    private final Span here;
    private final List<ImportItem> said = new ArrayList<>();
    private final List<ImportItem> blocks = new ArrayList<>();
    private int kept;

    Document(JsonParser parser, Span span) {
      this.parser = parser;
      this.here = new Span(span.start(), span.start());
    }

    List<ImportItem> items() throws IOException, UnusableException {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw Fields.shape("It is not an object.");
      }
      List<LettaMessage> messages = new ArrayList<>();
      String name = null;
      for (String of = parser.nextFieldName(); of != null; of = parser.nextFieldName()) {
        JsonToken value = parser.nextToken();
        if (of.equals("agents") && value == JsonToken.START_ARRAY) {
          agents();
        } else if (of.equals("messages") && value == JsonToken.START_ARRAY) {
          messages(messages);
        } else if (isBlocks(of) && value == JsonToken.START_ARRAY) {
          blocks();
        } else if (of.equals("name") && value == JsonToken.VALUE_STRING) {
          name = parser.getText();
        } else {
          parser.skipChildren();
        }
      }
      if (parser.nextToken() != null) {
        throw new UnusableException(
            RejectionReason.INVALID_JSON, "Something follows after the end of the JSON.");
      }
      say(name, messages);
      said.addAll(blocks);
      return said;
    }

    private static boolean isBlocks(String name) {
      return name.equals("blocks") || name.equals("core_memory");
    }

    private void agents() throws IOException, UnusableException {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
          throw Fields.shape("An agent is not an object.");
        }
        agent();
      }
    }

    private void agent() throws IOException, UnusableException {
      List<LettaMessage> messages = new ArrayList<>();
      String id = null;
      String name = null;
      for (String of = parser.nextFieldName(); of != null; of = parser.nextFieldName()) {
        JsonToken value = parser.nextToken();
        if (of.equals("messages") && value == JsonToken.START_ARRAY) {
          messages(messages);
        } else if (of.equals("id") && value == JsonToken.VALUE_STRING) {
          id = parser.getText();
        } else if (of.equals("name") && value == JsonToken.VALUE_STRING) {
          name = parser.getText();
        } else {
          parser.skipChildren();
        }
      }
      say(id == null ? name : id, messages);
    }

    private void messages(List<LettaMessage> messages) throws IOException, UnusableException {
      LettaMessage before = null;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        count();
        Json message = new Json.Reading(parser).value(parser.currentToken());
        before = LettaMessage.of(message, before);
        messages.add(before);
      }
    }

    private void blocks() throws IOException, UnusableException {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        count();
        blocks.add(block(new Json.Reading(parser).value(parser.currentToken()), blocks.size()));
      }
    }

    private void count() throws UnusableException {
      if (++kept > ITEMS_MAX) {
        throw new UnusableException(
            RejectionReason.RECORD_TOO_LARGE,
            "The file has more than " + ITEMS_MAX + " messages and blocks.");
      }
    }

    /** What is said in one conversation, in the order of the list. */
    private void say(@Nullable String name, List<LettaMessage> messages) {
      String session = name == null || name.isBlank() ? UNNAMED : new Cleaner().clean(name);
      long position = 0;
      for (LettaMessage message : messages) {
        said.add(message.item(records, new Talk.Place(session, position), here));
        position += message.said() instanceof Said.Words ? 1 : 0;
      }
    }

    private ImportItem block(Json value, long position) {
      try {
        if (!(value instanceof Json.Members members)) {
          throw Fields.shape("A block is not an object.");
        }
        Fields block = new Fields(members);
        String text = block.text("value");
        if (text == null || text.isBlank()) {
          return new ImportItem.Skipped("empty_block", here.start(), here.end());
        }
        String id = block.id("id");
        Draft draft =
            new Draft(
                MemoryKind.PINNED,
                records.request().scope(),
                null,
                id == null ? block.name("label") : id,
                position,
                text,
                null,
                records.request().baseTime(),
                block.without(Map.of(), OF_BLOCK));
        return records.item(draft, block.isSanitised(), here);
      } catch (UnusableException e) {
        return Records.bad(e.reason(), e.detail(), here);
      }
    }
  }
}
