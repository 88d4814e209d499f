package dev.palimpsest.memory.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.session.TurnEvent.Answered;
import dev.palimpsest.memory.session.TurnEvent.Planned;
import dev.palimpsest.memory.session.TurnEvent.Recalled;
import dev.palimpsest.memory.session.TurnEvent.ToolAnswered;
import dev.palimpsest.memory.session.TurnEvent.ToolCalled;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/**
 * Events as text and back. Each is stored as a name, a version and a JSON object:
 *
 * <pre>
 * user_said   5  text, client_turn_id?, seed, sampling{temperature?, top_k?, top_p?, min_p?, seed?,
 *                typical_p?, sparsemax?, repetition_penalty?, presence_penalty?,
 *                frequency_penalty?, best_of?}, logit_bias?[{token, bias}], output_tokens_max,
 *                recall "none"|"hybrid", grounded?,
 *                given?[{role "user"|"assistant", text}], stop?[], format?, as_of?
 *             4  the same without as_of
 *             3  the same without best_of
 *             2  the same with the first five members of sampling, without logit_bias and format
 *             1  the same without recall (none) and grounded (false)
 * recalled    1  query, found[{memory, version, score}], searched_up_to, lagging, millis,
 *                trouble?
 * planned     2  model_fingerprint, template_fingerprint?, prompt_tokens, turns_kept[],
 *                turns_dropped, memories_kept[], memories_dropped
 *             1  the same without memories
 * answered    4  output, finish "stop"|"length", usage{input_tokens, cached_tokens,
 *                prefilled_tokens, output_tokens, first_token_ms, total_ms, model_ms},
 *                grounded, citations[{start, end, memory, version, quote_start, quote_end}],
 *                memories_gone[], confidence?{tokens, logprob_mean, logprob_min, entropy_mean,
 *                entropy_max, spilled?{tokens, mean, min, max}, probability?}
 *             3  the same without probability
 *             2  the same without confidence
 *             1  the same as far as usage: free, without citations
 * tool_called 1  call, tool, arguments (text), idempotency_key, repeatable, problem?, said,
 *                evidence[], usage as in answered
 * tool_answered 1  call, error, text, characters_left, found as in recalled, millis
 * turn_failed 1  type "interrupted"|"cancelled"|"model_failed"|"model_missing"|
 *                "context_too_large"|"limit", detail
 * compacted   1  compaction, policy, ratio, turns[], exact_tokens, tokens_before, tokens_after,
 *                bytes_before, bytes_after, held_out?{log_mass, output}
 * expanded    1  compaction, exact_tokens, tokens_before, tokens_after, bytes_before, bytes_after
 * </pre>
 *
 * A member that is absent in the event is absent in the JSON; members come in this order. An event
 * is written in its newest version, and every version that was ever written is read. Reading is
 * strict: an unknown name, version or member, a member twice or of another type, an overlong text
 * is an error that names it, since a row of our own that we cannot read in full must not be read by
 * halves. Stateless; safe for many threads.
 */
public final class TurnEventCodec {
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
      case Recalled recalled -> "recalled";
      case Planned planned -> "planned";
      case ToolCalled called -> "tool_called";
      case ToolAnswered answered -> "tool_answered";
      case Answered answered -> "answered";
      case TurnFailed failed -> "turn_failed";
      case WindowChange.Compacted compacted -> "compacted";
      case WindowChange.Expanded expanded -> "expanded";
    };
  }

  /** The version in which {@link #encode} writes it. */
  public int version(TurnEvent event) {
    return switch (event) {
      case UserSaid said -> 5;
      case Recalled recalled -> 1;
      case Planned planned -> 2;
      case ToolCalled called -> 1;
      case ToolAnswered answered -> 1;
      case Answered answered -> 4;
      case TurnFailed failed -> 1;
      case WindowChange change -> 1;
    };
  }

  /** The event's members as one JSON object without spaces. */
  public String encode(TurnEvent event) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = json.createGenerator(text)) {
      out.writeStartObject();
      EventMembers.write(out, event);
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
    if (version < 1 || version > newest(type, operation)) {
      throw new MemoryStoreException(operation, "written by another version of this program", null);
    }
    JsonMembers members = JsonMembers.parse(json, operation, body);
    try {
      TurnEvent event =
          switch (type) {
            case "user_said" -> EventReader.userSaid(members, version);
            case "recalled" -> EventReader.recalled(members);
            case "planned" -> EventReader.planned(members, version);
            case "answered" -> EventReader.answered(members, version);
            case "tool_called" -> EventReader.toolCalled(members);
            case "tool_answered" -> EventReader.toolAnswered(members);
            case "turn_failed" -> EventReader.turnFailed(members);
            case "compacted" -> EventReader.compacted(members);
            case "expanded" -> EventReader.expanded(members);
            default -> throw unknown(operation);
          };
      members.requireNoMore();
      return event;
    } catch (IllegalArgumentException e) {
      throw new MemoryStoreException(operation, String.valueOf(e.getMessage()), e);
    }
  }

  private static int newest(String type, String operation) {
    return switch (type) {
      case "user_said" -> 5;
      case "answered" -> 4;
      case "planned" -> 2;
      case "recalled", "tool_called", "tool_answered", "turn_failed", "compacted", "expanded" -> 1;
      default -> throw unknown(operation);
    };
  }

  private static MemoryStoreException unknown(String operation) {
    return new MemoryStoreException(operation, "unknown event", null);
  }
}
