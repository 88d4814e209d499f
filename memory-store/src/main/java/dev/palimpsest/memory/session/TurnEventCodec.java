package dev.palimpsest.memory.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.session.TurnEvent.Answered;
import dev.palimpsest.memory.session.TurnEvent.Planned;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Events as text and back. Each is stored as a name, a version and a JSON object:
 *
 * <pre>
 * user_said   1  text, client_turn_id?, seed, sampling{temperature?, top_k?, top_p?, min_p?, seed?},
 *                output_tokens_max
 * planned     1  model_fingerprint, template_fingerprint?, prompt_tokens, turns_kept[], turns_dropped
 * answered    1  output, finish "stop"|"length", usage{input_tokens, cached_tokens,
 *                prefilled_tokens, output_tokens, first_token_ms, total_ms,
 *                model_ms}
 * turn_failed 1  type "interrupted"|"cancelled"|"model_failed"|"model_missing"|
 *                "context_too_large"|"limit", detail
 * </pre>
 *
 * A member that is absent in the event is absent in the JSON; members come in this order. Reading
 * is strict: an unknown name, version or member, a member twice or of another type, an overlong
 * text is an error that names it, since a row of our own that we cannot read in full must not be
 * read by halves. Stateless; safe for many threads.
 */
public final class TurnEventCodec {
  /** The only version there is so far, of each event. */
  static final int VERSION = 1;

  private static final int DEPTH_MAX = 3;
  private static final int NUMBER_CHARACTERS_MAX = 40;

  private final JsonFactory json =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(TurnEvent.TEXT_CHARACTERS_MAX)
                  .maxNestingDepth(DEPTH_MAX)
                  .maxNumberLength(NUMBER_CHARACTERS_MAX)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** The name under which the event is stored and shown. */
  public String type(TurnEvent event) {
    return switch (event) {
      case UserSaid said -> "user_said";
      case Planned planned -> "planned";
      case Answered answered -> "answered";
      case TurnFailed failed -> "turn_failed";
    };
  }

  /** The version in which {@link #encode} writes it. */
  public int version(TurnEvent event) {
    return switch (event) {
      case UserSaid said -> VERSION;
      case Planned planned -> VERSION;
      case Answered answered -> VERSION;
      case TurnFailed failed -> VERSION;
    };
  }

  /** The event's members as one JSON object without spaces. */
  public String encode(TurnEvent event) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = json.createGenerator(text)) {
      out.writeStartObject();
      switch (event) {
        case UserSaid said -> write(out, said);
        case Planned planned -> write(out, planned);
        case Answered answered -> write(out, answered);
        case TurnFailed failed -> write(out, failed);
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string writer does not fail", e);
    }
    return text.toString();
  }

  /**
   * The event that was stored.
   *
   * @throws MemoryStoreException naming the type, the version and the member that is wrong
   */
  public TurnEvent decode(String type, int version, String body) {
    String operation = "read event " + type + " v" + version;
    if (version != VERSION) {
      throw new MemoryStoreException(operation, "written by another version of this program", null);
    }
    JsonMembers members = JsonMembers.parse(json, operation, body);
    try {
      TurnEvent event =
          switch (type) {
            case "user_said" -> userSaid(members);
            case "planned" -> planned(members);
            case "answered" -> answered(members);
            case "turn_failed" -> turnFailed(members);
            default -> throw new MemoryStoreException(operation, "unknown event", null);
          };
      members.requireNoMore();
      return event;
    } catch (IllegalArgumentException e) {
      throw new MemoryStoreException(operation, String.valueOf(e.getMessage()), e);
    }
  }

  private static void write(JsonGenerator out, UserSaid said) throws IOException {
    out.writeStringField("text", said.text());
    writeText(out, "client_turn_id", said.clientTurnId());
    out.writeNumberField("seed", said.seed());
    out.writeObjectFieldStart("sampling");
    SamplingOptions sampling = said.sampling();
    writeDouble(out, "temperature", sampling.temperature());
    if (sampling.topK() != null) {
      out.writeNumberField("top_k", sampling.topK());
    }
    writeDouble(out, "top_p", sampling.topP());
    writeDouble(out, "min_p", sampling.minP());
    if (sampling.seed() != null) {
      out.writeNumberField("seed", sampling.seed());
    }
    out.writeEndObject();
    out.writeNumberField("output_tokens_max", said.outputTokensMax());
  }

  private static void write(JsonGenerator out, Planned planned) throws IOException {
    out.writeStringField("model_fingerprint", planned.modelFingerprint());
    writeText(out, "template_fingerprint", planned.templateFingerprint());
    out.writeNumberField("prompt_tokens", planned.promptTokens());
    out.writeArrayFieldStart("turns_kept");
    for (long number : planned.turnsKept()) {
      out.writeNumber(number);
    }
    out.writeEndArray();
    out.writeNumberField("turns_dropped", planned.turnsDropped());
  }

  private static void write(JsonGenerator out, Answered answered) throws IOException {
    Usage usage = answered.usage();
    out.writeStringField("output", answered.output());
    out.writeStringField("finish", name(answered.finish()));
    out.writeObjectFieldStart("usage");
    out.writeNumberField("input_tokens", usage.inputTokens());
    out.writeNumberField("cached_tokens", usage.cachedTokens());
    out.writeNumberField("prefilled_tokens", usage.prefilledTokens());
    out.writeNumberField("output_tokens", usage.outputTokens());
    out.writeNumberField("first_token_ms", usage.firstTokenMillis());
    out.writeNumberField("total_ms", usage.totalMillis());
    out.writeNumberField("model_ms", usage.modelMillis());
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, TurnFailed failed) throws IOException {
    out.writeStringField("type", name(failed.type()));
    out.writeStringField("detail", failed.detail());
  }

  private static UserSaid userSaid(JsonMembers from) {
    String text = from.text("text");
    String clientTurnId = from.optionalText("client_turn_id");
    long seed = from.wholeNumber("seed");
    JsonMembers inner = from.object("sampling");
    SamplingOptions sampling =
        new SamplingOptions(
            inner.optionalDouble("temperature"),
            inner.optionalInt("top_k"),
            inner.optionalDouble("top_p"),
            inner.optionalDouble("min_p"),
            inner.optionalLong("seed"));
    inner.requireNoMore();
    return new UserSaid(text, clientTurnId, seed, sampling, from.smallNumber("output_tokens_max"));
  }

  private static Planned planned(JsonMembers from) {
    return new Planned(
        from.text("model_fingerprint"),
        from.optionalText("template_fingerprint"),
        from.smallNumber("prompt_tokens"),
        from.wholeNumbers("turns_kept"),
        from.smallNumber("turns_dropped"));
  }

  private static Answered answered(JsonMembers from) {
    String output = from.text("output");
    Finish finish = finish(from.text("finish"));
    JsonMembers inner = from.object("usage");
    Usage usage =
        new Usage(
            inner.smallNumber("input_tokens"),
            inner.smallNumber("cached_tokens"),
            inner.smallNumber("prefilled_tokens"),
            inner.smallNumber("output_tokens"),
            inner.wholeNumber("first_token_ms"),
            inner.wholeNumber("total_ms"),
            inner.wholeNumber("model_ms"));
    inner.requireNoMore();
    return new Answered(output, finish, usage);
  }

  private static TurnFailed turnFailed(JsonMembers from) {
    return new TurnFailed(failureType(from.text("type")), from.text("detail"));
  }

  private static String name(Finish finish) {
    return switch (finish) {
      case STOP -> "stop";
      case LENGTH -> "length";
    };
  }

  private static Finish finish(String name) {
    return switch (name) {
      case "stop" -> Finish.STOP;
      case "length" -> Finish.LENGTH;
      default -> throw new IllegalArgumentException("finish is neither stop nor length");
    };
  }

  private static String name(FailureType type) {
    return switch (type) {
      case INTERRUPTED -> "interrupted";
      case CANCELLED -> "cancelled";
      case MODEL_FAILED -> "model_failed";
      case MODEL_MISSING -> "model_missing";
      case CONTEXT_TOO_LARGE -> "context_too_large";
      case LIMIT -> "limit";
    };
  }

  private static FailureType failureType(String name) {
    for (FailureType type : FailureType.values()) {
      if (name(type).equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException("type is not a failure this version knows");
  }

  private static void writeText(JsonGenerator out, String field, @Nullable String text)
      throws IOException {
    if (text != null) {
      out.writeStringField(field, text);
    }
  }

  private static void writeDouble(JsonGenerator out, String field, @Nullable Double number)
      throws IOException {
    if (number != null) {
      out.writeNumberField(field, number);
    }
  }
}
