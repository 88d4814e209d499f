package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.JsonText;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.turn.CallAnswer;
import dev.palimpsest.runtime.turn.TurnRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes a client's frame of a text, or the problem that the text deserves. Stateless. */
final class FrameReader {
  /** The largest frame; a connection is closed on a larger one with 1009. */
  static final int FRAME_BYTES_MAX = 1 << 20;

  private static final Set<String> TO_COME = Set.of("turn.steer", "warm");
  private static final int ECHO_CHARACTERS_MAX = 80;

  private FrameReader() {}

  /** What came of a text. */
  sealed interface Read {
    /** It is a frame. */
    record Good(Frame.Client frame, @Nullable String name) implements Read {}

    /** It is none. */
    record Bad(Frame.Refused answer) implements Read {}
  }

  /** Whether a text is larger than a frame may be. */
  static boolean isTooLarge(String text) {
    // Most texts are far from the limit, however their characters are written.
    return text.length() > FRAME_BYTES_MAX / 3
        && text.getBytes(StandardCharsets.UTF_8).length > FRAME_BYTES_MAX;
  }

  static Read read(String text) {
    ObjectNode node;
    try {
      node = JsonText.object(text);
    } catch (ProblemException e) {
      return new Read.Bad(new Frame.Refused(e.problem(), null));
    }
    String name = name(node);
    try {
      return new Read.Good(frame(new Fields(node)), name);
    } catch (ProblemException e) {
      return new Read.Bad(new Frame.Refused(e.problem(), name));
    }
  }

  /** A binary frame has no meaning here. */
  static Frame.Refused binary(int bytes) {
    return new Frame.Refused(
        Problem.of(
            ProblemKind.INVALID_REQUEST,
            "A binary frame of " + bytes + " bytes; a session socket reads text frames only."),
        null);
  }

  private static Frame.Client frame(Fields fields) {
    String type = fields.requiredText("type", TurnEvent.NAME_CHARACTERS_MAX);
    fields.check();
    return switch (type) {
      case "turn.create" -> {
        TurnRequest request = TurnRequestReader.read(fields);
        yield checked(fields, new Frame.TurnCreate(request));
      }
      case "turn.cancel" -> new Frame.TurnCancel(checked(fields, turn(fields)));
      case "tool.result" -> new Frame.ToolAnswer(answer(fields));
      case "ping" -> checked(fields, new Frame.Ping());
      default -> throw unknown(type);
    };
  }

  private static <T> T checked(Fields fields, T frame) {
    fields.refuseOthers();
    fields.check();
    return frame;
  }

  private static CallAnswer answer(Fields fields) {
    TurnId turn = turn(fields);
    String call = fields.requiredText("call", TurnEvent.NAME_CHARACTERS_MAX);
    return CallAnswerReader.read(fields, turn, call);
  }

  private static TurnId turn(Fields fields) {
    String turn = fields.requiredText("turn", TurnEvent.NAME_CHARACTERS_MAX);
    if (fields.isGood("turn") && !TurnId.isOne(turn)) {
      fields.refuse("turn", "is not the id of a turn");
    }
    fields.check();
    return new TurnId(turn);
  }

  private static ProblemException unknown(String type) {
    if (TO_COME.contains(type)) {
      return new ProblemException(
          Problem.of(ProblemKind.NOT_BUILT, "'" + type + "' is not built yet.")
              .withErrors(List.of(new Problem.FieldError("type", "is not built yet"))));
    }
    return invalid(
        "type", "'" + shortened(type) + "' is none of " + String.join(", ", Frame.CAPABILITIES));
  }

  private static ProblemException invalid(String field, String detail) {
    return new ProblemException(
        Problem.of(ProblemKind.INVALID_REQUEST, "'" + field + "' " + detail + ".")
            .withErrors(List.of(new Problem.FieldError(field, detail))));
  }

  /** What a client can recognise its frame by: its name for the turn, the turn, or the type. */
  private static @Nullable String name(ObjectNode node) {
    return Stream.of("client_turn_id", "turn", "type")
        .map(node::get)
        .filter(value -> value != null && value.isTextual())
        .map(JsonNode::textValue)
        .map(FrameReader::shortened)
        .findFirst()
        .orElse(null);
  }

  private static String shortened(String text) {
    if (text.length() <= TurnEvent.NAME_CHARACTERS_MAX) {
      return text;
    }
    return text.substring(0, ECHO_CHARACTERS_MAX) + "…";
  }
}
