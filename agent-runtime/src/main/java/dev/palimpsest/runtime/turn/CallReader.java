package dev.palimpsest.runtime.turn;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.Usage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the event of a call. What a model wrote and is no call is one too: with its problem, which
 * the model reads as the tool's answer and can repair.
 */
final class CallReader {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** Names a tool where the model named none. */
  private static final String UNNAMED = "unknown";

  private static final int KEY_DIGITS = 16;

  private CallReader() {}

  /**
   * What is known of a call beside its text.
   *
   * @param turn in which it is made
   * @param count which of the turn's it is, from 1
   * @param said before it
   * @param evidence memories that the model had
   * @param usage what it took
   */
  record Made(TurnId turn, int count, String said, List<MemoryId> evidence, Usage usage) {}

  /**
   * Reads a call.
   *
   * @param written what the model wrote between the marks
   * @param isWhole whether it wrote the last one
   * @param tools that it may call
   */
  static TurnEvent.ToolCalled read(String written, boolean isWhole, List<Tool> tools, Made made) {
    String text = StorableText.sanitised(written);
    String kept = cut(text, TurnEvent.ToolCalled.ARGUMENTS_CHARACTERS_MAX);
    if (!isWhole) {
      return event(made, new Parts(UNNAMED, kept, "The call has no end."));
    }
    try {
      return event(made, parts(JSON.readTree(text), kept, tools));
    } catch (JsonProcessingException e) {
      String problem = "The call is no JSON: " + e.getOriginalMessage();
      return event(made, new Parts(UNNAMED, kept, problem));
    }
  }

  /** What a call says. */
  private record Parts(
      String tool,
      String arguments,
      boolean isRepeatable,
      @Nullable String problem,
      @Nullable Integer waitSeconds) {
    /** What calls nothing. */
    Parts(String tool, String arguments, String problem) {
      this(tool, arguments, false, problem, null);
    }
  }

  private static Parts parts(JsonNode call, String written, List<Tool> tools) {
    JsonNode name = call.path("name");
    JsonNode arguments = call.path("arguments");
    if (!name.isTextual() || name.textValue().isEmpty() || !arguments.isObject()) {
      return new Parts(UNNAMED, written, "A call is an object with the texts name and arguments.");
    }
    String wanted = cut(name.textValue(), TurnEvent.NAME_CHARACTERS_MAX);
    String given = StorableText.sanitised(arguments.toString());
    if (given.length() > TurnEvent.ToolCalled.ARGUMENTS_CHARACTERS_MAX) {
      // Numbers are written out otherwise than they were read.
      return new Parts(wanted, written, "The arguments are too long.");
    }
    Optional<Tool> tool =
        tools.stream().filter(one -> one.calledName().equals(name.textValue())).findFirst();
    if (tool.isEmpty()) {
      return new Parts(wanted, given, "There is no such tool; there are " + names(tools) + ".");
    }
    String problem = missing(tool.get(), arguments);
    Integer waitSeconds =
        problem == null && tool.get() instanceof Tool.Client client ? client.waitSeconds() : null;
    return new Parts(wanted, given, tool.get().isRepeatable(), problem, waitSeconds);
  }

  private static List<String> names(List<Tool> tools) {
    return tools.stream().map(Tool::calledName).toList();
  }

  /** Models that we do not hold to the schema forget arguments more often than anything else. */
  private static @Nullable String missing(Tool tool, JsonNode arguments) {
    try {
      for (JsonNode required :
          JSON.readTree(BuiltInTools.face(tool).parameters()).path("required")) {
        if (!arguments.has(required.asText())) {
          return "The argument '" + required.asText() + "' is missing.";
        }
      }
      return null;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tool's parameters are JSON", e);
    }
  }

  private static TurnEvent.ToolCalled event(Made made, Parts parts) {
    String problem = parts.problem();
    return new TurnEvent.ToolCalled(
        "call-" + made.count(),
        parts.tool(),
        parts.arguments(),
        made.turn() + "-" + made.count() + "-" + digest(parts.tool() + " " + parts.arguments()),
        parts.isRepeatable(),
        problem == null
            ? null
            : cut(StorableText.sanitised(problem), TurnEvent.TurnFailed.DETAIL_CHARACTERS_MAX),
        made.said(),
        made.evidence(),
        made.usage(),
        parts.waitSeconds());
  }

  private static String cut(String text, int most) {
    return StorableText.sanitised(text.substring(0, Math.min(text.length(), most)));
  }

  private static String digest(String text) {
    try {
      byte[] sum =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sum).substring(0, KEY_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
