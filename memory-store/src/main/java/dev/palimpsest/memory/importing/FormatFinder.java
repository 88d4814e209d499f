package dev.palimpsest.memory.importing;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out a format from the first bytes of a file: the first name in it that only one format has
 * decides. What stays open after {@link #LOOK_BYTES_MAX} or at the end of the file is {@link
 * ImportFormat#JSONL}. The answer depends on the bytes alone, not on how they arrive.
 */
public final class FormatFinder {
  /** How far into a file is looked. */
  public static final int LOOK_BYTES_MAX = 1 << 16;

  private static final Map<String, ImportFormat> BY_NAME =
      Map.ofEntries(
          Map.entry("text", ImportFormat.JSONL),
          Map.entry("happened_at", ImportFormat.JSONL),
          Map.entry("messages", ImportFormat.OPENAI),
          Map.entry("role", ImportFormat.OPENAI),
          Map.entry("encrypted_content", ImportFormat.OPENAI),
          Map.entry("mapping", ImportFormat.CHATGPT),
          Map.entry("current_node", ImportFormat.CHATGPT),
          Map.entry("chat_messages", ImportFormat.CLAUDE),
          Map.entry("conversations_memory", ImportFormat.CLAUDE),
          Map.entry("project_memories", ImportFormat.CLAUDE),
          Map.entry("prompt_template", ImportFormat.CLAUDE),
          Map.entry("email_address", ImportFormat.CLAUDE),
          Map.entry("sample_id", ImportFormat.LOCOMO),
          Map.entry("qa", ImportFormat.LOCOMO),
          Map.entry("conversation", ImportFormat.LOCOMO));

  private static final Set<String> ITEM_TYPES =
      Set.of("message", "reasoning", "function_call", "function_call_output", "compaction");

  private FormatFinder() {}

  /**
   * A format and the stream as if nobody had looked into it.
   *
   * @param format what it is
   * @param bytes all of the file
   */
  public record Found(ImportFormat format, InputStream bytes) {}

  /** Looks as far as needed. Blocks where the stream does. */
  public static Found find(InputStream in) throws IOException {
    Look look = look(in);
    return new Found(look.format().orElse(ImportFormat.JSONL), look.bytes());
  }

  /** The same; empty where no name decides, and then a part of the stream is gone. */
  static Optional<Found> certain(InputStream in) throws IOException {
    Look look = look(in);
    return look.format().map(format -> new Found(format, look.bytes()));
  }

  private record Look(Optional<ImportFormat> format, InputStream bytes) {}

  private static Look look(InputStream in) throws IOException {
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    byte[] buffer = new byte[4096];
    Optional<ImportFormat> format = Optional.empty();
    while (format.isEmpty() && seen.size() < LOOK_BYTES_MAX) {
      int count = in.read(buffer, 0, Math.min(buffer.length, LOOK_BYTES_MAX - seen.size()));
      if (count < 0) {
        break;
      }
      seen.write(buffer, 0, count);
      format = in(seen.toString(StandardCharsets.UTF_8));
    }
    InputStream all = new SequenceInputStream(new ByteArrayInputStream(seen.toByteArray()), in);
    return new Look(format, all);
  }

  /** A line that is no JSON says nothing; the next one may. */
  private static Optional<ImportFormat> in(String seen) throws IOException {
    String rest = seen.startsWith("\uFEFF") ? seen.substring(1) : seen;
    while (!rest.isEmpty()) {
      try (JsonParser parser = Json.FACTORY.createParser(rest)) {
        return first(parser);
      } catch (JsonParseException e) {
        long at = e.getLocation() == null ? rest.length() : e.getLocation().getCharOffset();
        int line = rest.indexOf('\n', Math.clamp(at, 0, rest.length()));
        rest = line < 0 ? "" : rest.substring(line + 1);
      } catch (StreamConstraintsException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** Names of the outermost objects, of lines as of elements of one array. */
  private static Optional<ImportFormat> first(JsonParser parser) throws IOException {
    for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
      if (token == JsonToken.FIELD_NAME && isOutermost(parser.getParsingContext().getParent())) {
        Optional<ImportFormat> format = decided(parser);
        if (format.isPresent()) {
          return format;
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isOutermost(JsonStreamContext around) {
    return around.inRoot() || (around.inArray() && around.getParent().inRoot());
  }

  private static Optional<ImportFormat> decided(JsonParser parser) throws IOException {
    String name = parser.currentName();
    if (name.equals("type")) {
      boolean isItem =
          parser.nextToken() == JsonToken.VALUE_STRING && ITEM_TYPES.contains(parser.getText());
      return isItem ? Optional.of(ImportFormat.OPENAI) : Optional.empty();
    }
    return Optional.ofNullable(BY_NAME.get(name));
  }
}
