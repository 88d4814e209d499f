package dev.palimpsest.memory.session;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.session.TurnEvent.Answered;
import dev.palimpsest.memory.session.TurnEvent.Planned;
import dev.palimpsest.memory.session.TurnEvent.Recalled;
import dev.palimpsest.memory.session.TurnEvent.ToolAnswered;
import dev.palimpsest.memory.session.TurnEvent.ToolCalled;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the members of events, in the order that {@link TurnEventCodec} names. */
final class EventMembers {
  private EventMembers() {}

  static void write(JsonGenerator out, TurnEvent event) throws IOException {
    switch (event) {
      case UserSaid said -> write(out, said);
      case Recalled recalled -> write(out, recalled);
      case Planned planned -> write(out, planned);
      case ToolCalled called -> write(out, called);
      case ToolAnswered answered -> write(out, answered);
      case Answered answered -> write(out, answered);
      case TurnFailed failed -> write(out, failed);
      case WindowChange.Compacted compacted -> write(out, compacted);
      case WindowChange.Expanded(CompactionId compaction, WindowChange.Saved saved) -> {
        out.writeStringField("compaction", compaction.value());
        write(out, saved);
      }
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
    Shaping shaping = sampling.shaping();
    writeDouble(out, "typical_p", shaping.typicalP());
    if (shaping.sparsemax() != null) {
      out.writeBooleanField("sparsemax", shaping.sparsemax());
    }
    writeDouble(out, "repetition_penalty", shaping.repetitionPenalty());
    writeDouble(out, "presence_penalty", shaping.presencePenalty());
    writeDouble(out, "frequency_penalty", shaping.frequencyPenalty());
    if (shaping.bestOf() != null) {
      out.writeNumberField("best_of", shaping.bestOf());
    }
    out.writeEndObject();
    writeBias(out, shaping.logitBias());
    out.writeNumberField("output_tokens_max", said.outputTokensMax());
    out.writeStringField("recall", EventNames.of(said.recall()));
    if (said.grounded() != null) {
      out.writeBooleanField("grounded", said.grounded());
    }
    writeGiven(out, said.given());
    if (!said.stop().isEmpty()) {
      out.writeArrayFieldStart("stop");
      for (String stop : said.stop()) {
        out.writeString(stop);
      }
      out.writeEndArray();
    }
    writeText(out, "format", said.format());
    writeText(out, "as_of", said.asOf() == null ? null : said.asOf().toString());
  }

  private static void writeBias(JsonGenerator out, List<Shaping.TokenBias> biases)
      throws IOException {
    if (biases.isEmpty()) {
      return;
    }
    out.writeArrayFieldStart("logit_bias");
    for (Shaping.TokenBias each : biases) {
      out.writeStartObject();
      out.writeNumberField("token", each.token());
      out.writeNumberField("bias", each.bias());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void writeGiven(JsonGenerator out, List<GivenMessage> given) throws IOException {
    if (given.isEmpty()) {
      return;
    }
    out.writeArrayFieldStart("given");
    for (GivenMessage message : given) {
      out.writeStartObject();
      out.writeStringField("role", message.isUser() ? "user" : "assistant");
      out.writeStringField("text", message.text());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void write(JsonGenerator out, Recalled recalled) throws IOException {
    out.writeStringField("query", recalled.query());
    writeFound(out, recalled.found());
    out.writeNumberField("searched_up_to", recalled.searchedUpTo());
    out.writeBooleanField("lagging", recalled.isLagging());
    out.writeNumberField("millis", recalled.millis());
    writeText(out, "trouble", recalled.trouble());
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
    writeIds(out, "memories_kept", planned.memoriesKept());
    out.writeNumberField("memories_dropped", planned.memoriesDropped());
    if (planned.tools() != null) {
      writePins(out, planned.tools());
    }
  }

  private static void writePins(JsonGenerator out, List<ToolPin> pins) throws IOException {
    out.writeArrayFieldStart("tools");
    for (ToolPin pin : pins) {
      out.writeStartObject();
      out.writeStringField("name", pin.name());
      out.writeStringField("sha256", pin.sha256());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void writeFound(JsonGenerator out, List<Recalled.Found> all) throws IOException {
    out.writeArrayFieldStart("found");
    for (Recalled.Found found : all) {
      out.writeStartObject();
      out.writeStringField("memory", found.memory().value());
      out.writeNumberField("version", found.version());
      out.writeNumberField("score", found.score());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void write(JsonGenerator out, ToolCalled called) throws IOException {
    out.writeStringField("call", called.call());
    out.writeStringField("tool", called.tool());
    out.writeStringField("arguments", called.arguments());
    out.writeStringField("idempotency_key", called.idempotencyKey());
    out.writeBooleanField("repeatable", called.isRepeatable());
    writeText(out, "problem", called.problem());
    out.writeStringField("said", called.said());
    writeIds(out, "evidence", called.evidence());
    write(out, called.usage());
    if (called.waitSeconds() != null) {
      out.writeNumberField("wait_seconds", called.waitSeconds());
    }
  }

  private static void write(JsonGenerator out, ToolAnswered answered) throws IOException {
    out.writeStringField("call", answered.call());
    out.writeBooleanField("error", answered.isError());
    out.writeStringField("text", answered.text());
    out.writeNumberField("characters_left", answered.charactersLeft());
    writeFound(out, answered.found());
    out.writeNumberField("millis", answered.millis());
    out.writeNumberField("head", answered.head());
    out.writeNumberField("tail", answered.tail());
  }

  private static void write(JsonGenerator out, Usage usage) throws IOException {
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

  private static void write(JsonGenerator out, Answered answered) throws IOException {
    out.writeStringField("output", answered.output());
    out.writeStringField("finish", EventNames.of(answered.finish()));
    write(out, answered.usage());
    out.writeBooleanField("grounded", answered.isGrounded());
    out.writeArrayFieldStart("citations");
    for (Quote citation : answered.citations()) {
      out.writeStartObject();
      out.writeNumberField("start", citation.start());
      out.writeNumberField("end", citation.end());
      out.writeStringField("memory", citation.memory().value());
      out.writeNumberField("version", citation.version());
      out.writeNumberField("quote_start", citation.quoteStart());
      out.writeNumberField("quote_end", citation.quoteEnd());
      out.writeEndObject();
    }
    out.writeEndArray();
    writeIds(out, "memories_gone", answered.memoriesGone());
    if (answered.confidence() != null) {
      write(out, answered.confidence());
    }
  }

  private static void write(JsonGenerator out, Confidence confidence) throws IOException {
    out.writeObjectFieldStart("confidence");
    out.writeNumberField("tokens", confidence.tokens());
    out.writeNumberField("logprob_mean", confidence.logprobMean());
    out.writeNumberField("logprob_min", confidence.logprobMin());
    out.writeNumberField("entropy_mean", confidence.entropyMean());
    out.writeNumberField("entropy_max", confidence.entropyMax());
    Confidence.Spilled spilled = confidence.spilled();
    if (spilled != null) {
      out.writeObjectFieldStart("spilled");
      out.writeNumberField("tokens", spilled.tokens());
      out.writeNumberField("mean", spilled.mean());
      out.writeNumberField("min", spilled.min());
      out.writeNumberField("max", spilled.max());
      out.writeEndObject();
    }
    if (confidence.probability() != null) {
      out.writeNumberField("probability", confidence.probability());
    }
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, TurnFailed failed) throws IOException {
    out.writeStringField("type", EventNames.of(failed.type()));
    out.writeStringField("detail", failed.detail());
  }

  private static void write(JsonGenerator out, WindowChange.Compacted compacted)
      throws IOException {
    out.writeStringField("compaction", compacted.compaction().value());
    out.writeStringField("policy", compacted.policy());
    out.writeNumberField("ratio", compacted.ratio());
    out.writeArrayFieldStart("turns");
    for (TurnId turn : compacted.turns()) {
      out.writeString(turn.value());
    }
    out.writeEndArray();
    write(out, compacted.saved());
    WindowChange.HeldOut heldOut = compacted.heldOut();
    if (heldOut != null) {
      out.writeObjectFieldStart("held_out");
      out.writeNumberField("log_mass", heldOut.logMass());
      out.writeNumberField("output", heldOut.output());
      out.writeEndObject();
    }
  }

  private static void write(JsonGenerator out, WindowChange.Saved saved) throws IOException {
    out.writeNumberField("exact_tokens", saved.exact());
    out.writeNumberField("tokens_before", saved.tokensBefore());
    out.writeNumberField("tokens_after", saved.tokensAfter());
    out.writeNumberField("bytes_before", saved.bytesBefore());
    out.writeNumberField("bytes_after", saved.bytesAfter());
  }

  private static void writeIds(JsonGenerator out, String field, List<MemoryId> ids)
      throws IOException {
    out.writeArrayFieldStart(field);
    for (MemoryId id : ids) {
      out.writeString(id.value());
    }
    out.writeEndArray();
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
