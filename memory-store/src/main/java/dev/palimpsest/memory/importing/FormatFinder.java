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
import java.util.regex.Pattern;

/**
 * Finds out a format from the first bytes of a file: the first name in it that only one format has
 * decides, or a heading or front matter before anything else. What stays open after {@link
 * #LOOK_BYTES_MAX} or at the end of the file is {@link ImportFormat#JSONL}, but for a list of
 * messages and for text with headings. The answer depends on the bytes alone, not on how they
 * arrive.
 */
public final class FormatFinder {
  /** How far into a file is looked. */
  public static final int LOOK_BYTES_MAX = 1 << 16;

  private static final Map<String, ImportFormat> BY_NAME =
      Map.ofEntries(
          Map.entry("palimpsest_archive", ImportFormat.PALIMPSEST),
          Map.entry("text", ImportFormat.JSONL),
          Map.entry("happened_at", ImportFormat.JSONL),
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
          Map.entry("conversation", ImportFormat.LOCOMO),
          Map.entry("memory", ImportFormat.MEM0),
          Map.entry("memory_id", ImportFormat.MEM0),
          Map.entry("results", ImportFormat.MEM0),
          Map.entry("additional_kwargs", ImportFormat.LANGCHAIN),
          Map.entry("kwargs", ImportFormat.LANGCHAIN),
          Map.entry("contents", ImportFormat.LANGCHAIN4J),
          Map.entry("toolExecutionRequests", ImportFormat.LANGCHAIN4J),
          Map.entry("parentUuid", ImportFormat.CLAUDE_CODE),
          Map.entry("leafUuid", ImportFormat.CLAUDE_CODE),
          Map.entry("isSidechain", ImportFormat.CLAUDE_CODE),
          Map.entry("entityType", ImportFormat.MCP_MEMORY),
          Map.entry("relationType", ImportFormat.MCP_MEMORY),
          Map.entry("header", ImportFormat.GEMINI),
          Map.entry("safeHtmlItem", ImportFormat.GEMINI),
          Map.entry("activityControls", ImportFormat.GEMINI),
          Map.entry("agents", ImportFormat.LETTA),
          Map.entry("agent_type", ImportFormat.LETTA),
          Map.entry("core_memory", ImportFormat.LETTA));

  private static final Map<String, ImportFormat> BY_TYPE =
      Map.ofEntries(
          Map.entry("message", ImportFormat.OPENAI),
          Map.entry("reasoning", ImportFormat.OPENAI),
          Map.entry("function_call", ImportFormat.OPENAI),
          Map.entry("function_call_output", ImportFormat.OPENAI),
          Map.entry("compaction", ImportFormat.OPENAI),
          Map.entry("human", ImportFormat.LANGCHAIN),
          Map.entry("ai", ImportFormat.LANGCHAIN),
          Map.entry("SYSTEM", ImportFormat.LANGCHAIN4J),
          Map.entry("USER", ImportFormat.LANGCHAIN4J),
          Map.entry("AI", ImportFormat.LANGCHAIN4J));

  /** Messages of one dialect or another, which their own names tell apart. */
  private static final String MESSAGES = "messages";

  private static final Pattern TITLE = Pattern.compile("\\s*#{1,6}[ \\t].*", Pattern.DOTALL);
  private static final Pattern FRONT = Pattern.compile("---[ \\t]*\r?\n.*", Pattern.DOTALL);
  private static final Pattern PROSE = Pattern.compile("[^{\\[]*\\n#{1,6}[ \\t].*", Pattern.DOTALL);

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

  /** The same; empty where nothing decides, and then a part of the stream is gone. */
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
      format = in(seen.toString(StandardCharsets.UTF_8), false);
    }
    if (format.isEmpty()) {
      format = in(seen.toString(StandardCharsets.UTF_8), true);
    }
    InputStream all = new SequenceInputStream(new ByteArrayInputStream(seen.toByteArray()), in);
    return new Look(format, all);
  }

  /**
   * What these bytes say.
   *
   * @param isAll whether no more will be looked at, so that what only hints at a format decides
   */
  private static Optional<ImportFormat> in(String seen, boolean isAll) throws IOException {
    String text = seen.startsWith("\uFEFF") ? seen.substring(1) : seen;
    if (TITLE.matcher(text).matches() || FRONT.matcher(text).matches()) {
      return Optional.of(ImportFormat.MARKDOWN);
    }
    if (text.startsWith("\"{")) {
      return Optional.of(ImportFormat.LETTA);
    }
    Optional<ImportFormat> named = named(text, isAll);
    boolean isProse = isAll && named.isEmpty() && PROSE.matcher(text).matches();
    return isProse ? Optional.of(ImportFormat.MARKDOWN) : named;
  }

  /** A line that is no JSON says nothing; the next one may. */
  private static Optional<ImportFormat> named(String text, boolean isAll) throws IOException {
    String rest = text;
    while (!rest.isEmpty()) {
      try (JsonParser parser = Json.FACTORY.createParser(rest)) {
        return first(parser, isAll ? Integer.MAX_VALUE : rest.length());
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

  /** Names of the outermost objects, of lines as of elements of one array, and of messages. */
  private static Optional<ImportFormat> first(JsonParser parser, int end) throws IOException {
    for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
      if (token == JsonToken.FIELD_NAME && isTelling(parser.getParsingContext().getParent())) {
        Optional<ImportFormat> format = decided(parser, end == Integer.MAX_VALUE);
        // What ends where the bytes end may go on to be something else.
        if (format.isPresent() && parser.currentLocation().getCharOffset() < end) {
          return format;
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isTelling(JsonStreamContext around) {
    return isOutermost(around) || isMessages(around);
  }

  private static boolean isMessages(JsonStreamContext around) {
    JsonStreamContext of = around.getParent();
    boolean isListed = around.inArray() && of.inObject() && MESSAGES.equals(of.getCurrentName());
    return isListed && (isOutermost(of.getParent()) || isOutermost(of.getParent().getParent()));
  }

  private static boolean isOutermost(JsonStreamContext around) {
    return around.inRoot() || (around.inArray() && around.getParent().inRoot());
  }

  private static Optional<ImportFormat> decided(JsonParser parser, boolean isAll)
      throws IOException {
    String name = parser.currentName();
    if (name.equals("type")) {
      boolean isText = parser.nextToken() == JsonToken.VALUE_STRING;
      return isText ? Optional.ofNullable(BY_TYPE.get(parser.getText())) : Optional.empty();
    }
    if (name.equals(MESSAGES) && isAll) {
      return Optional.of(ImportFormat.OPENAI);
    }
    return Optional.ofNullable(BY_NAME.get(name));
  }
}
