package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Shaping;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.turn.TurnRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what REST and sockets have in common: a turn that is asked for. Input is a text or a list
 * of items, whose texts are joined by line ends.
 */
public final class TurnRequestReader {
  private static final int ITEMS_MAX = 1000;
  private static final Set<String> TEXT_PARTS = Set.of("text", "input_text");
  private static final List<String> TO_COME = List.of("tools", "agent", "compression");

  private TurnRequestReader() {}

  /** Reads a request; what is wrong is noted in the fields, and something valid is returned. */
  public static TurnRequest read(Fields fields) {
    String input = input(fields);
    String clientTurnId = fields.text("client_turn_id", TurnEvent.NAME_CHARACTERS_MAX);
    if (clientTurnId != null && clientTurnId.isEmpty()) {
      fields.refuse("client_turn_id", "is empty; leave it out instead");
    }
    Integer outputTokens = fields.wholeNumber("max_output_tokens", 1, Integer.MAX_VALUE);
    SamplingOptions sampling = sampling(fields);
    RecallChoice recall = recall(fields);
    Boolean grounded = fields.choice("grounded");
    Instant asOf = fields.time("as_of");
    fields.notBuilt(TO_COME);
    return new TurnRequest(
            input.isEmpty() ? " " : input,
            clientTurnId,
            outputTokens,
            sampling == null ? SamplingOptions.NONE : sampling,
            recall,
            grounded)
        .asOf(asOf);
  }

  private static RecallChoice recall(Fields fields) {
    RecallChoice choice = fields.word("recall", RecallChoice.class);
    return choice == null ? RecallChoice.HYBRID : choice;
  }

  /** Reads {@code sampling} of a turn; null where it is absent or wrong. */
  public static @Nullable SamplingOptions sampling(Fields parent) {
    Fields fields = parent.object("sampling");
    return fields == null ? null : sampling(parent, fields, ShapingFields.read(fields));
  }

  /** Reads {@code sampling} of a session, which keeps no shaping; null where absent or wrong. */
  public static @Nullable SamplingOptions sessionSampling(Fields parent) {
    Fields fields = parent.object("sampling");
    if (fields == null) {
      return null;
    }
    for (String name : ShapingFields.NAMES) {
      if (!fields.isFalseOrEmpty(name)) {
        fields.notBuilt(name, "is not built yet for sessions; give it with the turn");
      }
    }
    return sampling(parent, fields, Shaping.NONE);
  }

  private static @Nullable SamplingOptions sampling(Fields parent, Fields fields, Shaping shaping) {
    Double temperature = fields.number("temperature");
    Integer topK = fields.wholeNumber("top_k", 1, Integer.MAX_VALUE);
    Double topP = fields.number("top_p");
    Double minP = fields.number("min_p");
    Long seed = fields.wholeNumber("seed");
    fields.refuseOthers();
    return parent.checked(
        "sampling", () -> new SamplingOptions(temperature, topK, topP, minP, seed, shaping));
  }

  private static String input(Fields fields) {
    if (!fields.isArray("input")) {
      String text = fields.requiredText("input", TurnEvent.TEXT_CHARACTERS_MAX);
      if (text.isEmpty() && fields.isGood("input")) {
        fields.refuse("input", "is empty");
      }
      return text;
    }
    String text = items(fields);
    if (text.isEmpty() && fields.isGood("input")) {
      fields.refuse("input", "holds no text");
    }
    return text;
  }

  private static String items(Fields fields) {
    List<JsonNode> items = fields.elements("input");
    if (items.size() > ITEMS_MAX) {
      fields.refuse("input", "has " + items.size() + " items; at most " + ITEMS_MAX);
      return "";
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      texts.add(item(fields.element("input", i, items.get(i))));
    }
    String text = String.join("\n", texts);
    if (text.length() > TurnEvent.TEXT_CHARACTERS_MAX) {
      fields.refuse(
          "input",
          "is " + text.length() + " characters long; at most " + TurnEvent.TEXT_CHARACTERS_MAX);
      return "";
    }
    return text;
  }

  private static String item(Fields item) {
    String type = item.text("type", TurnEvent.NAME_CHARACTERS_MAX);
    String text = "";
    if (type != null && TEXT_PARTS.contains(type)) {
      text = item.requiredText("text", TurnEvent.TEXT_CHARACTERS_MAX);
    } else if (type == null || type.equals("message")) {
      text = message(item);
    } else {
      item.refuse("type", "'" + type + "' is not read here; message or input_text is");
    }
    if (type == null || TEXT_PARTS.contains(type) || type.equals("message")) {
      item.refuseOthers();
    }
    return text;
  }

  private static String message(Fields item) {
    String role = item.text("role", TurnEvent.NAME_CHARACTERS_MAX);
    if (!"user".equals(role)) {
      item.refuse("role", "must be 'user'");
    }
    return item.isArray("content")
        ? parts(item)
        : item.requiredText("content", TurnEvent.TEXT_CHARACTERS_MAX);
  }

  private static String parts(Fields item) {
    List<JsonNode> parts = item.elements("content");
    if (parts.size() > ITEMS_MAX) {
      item.refuse("content", "has " + parts.size() + " parts; at most " + ITEMS_MAX);
      return "";
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Fields part = item.element("content", i, parts.get(i));
      String type = part.text("type", TurnEvent.NAME_CHARACTERS_MAX);
      if (type == null || !TEXT_PARTS.contains(type)) {
        part.refuse("type", "must be 'input_text' or 'text'");
      } else {
        texts.add(part.requiredText("text", TurnEvent.TEXT_CHARACTERS_MAX));
        part.refuseOthers();
      }
    }
    return String.join("\n", texts);
  }
}
