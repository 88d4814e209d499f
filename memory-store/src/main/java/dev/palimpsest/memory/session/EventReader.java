package dev.palimpsest.memory.session;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.session.TurnEvent.Answered;
import dev.palimpsest.memory.session.TurnEvent.Planned;
import dev.palimpsest.memory.session.TurnEvent.Recalled;
import dev.palimpsest.memory.session.TurnEvent.ToolAnswered;
import dev.palimpsest.memory.session.TurnEvent.ToolCalled;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import java.util.List;

/** Makes events of their members, in every version that was ever written. */
final class EventReader {
  private EventReader() {}

  /** Version 1 was said before there were memories. */
  static UserSaid userSaid(JsonMembers from, int version) {
    String text = from.text("text");
    String clientTurnId = from.optionalText("client_turn_id");
    long seed = from.wholeNumber("seed");
    SamplingOptions sampling = sampling(from, version);
    int outputTokens = from.smallNumber("output_tokens_max");
    if (version == 1) {
      return new UserSaid(text, clientTurnId, seed, sampling, outputTokens);
    }
    RecallChoice recall = EventNames.recall(from.text("recall"));
    Boolean grounded = from.optionalTruth("grounded");
    return new UserSaid(
        text,
        clientTurnId,
        seed,
        sampling,
        outputTokens,
        recall,
        grounded,
        from.optionalObjects("given").stream().map(EventReader::given).toList(),
        from.optionalTexts("stop"),
        version < 3 ? null : from.optionalText("format"),
        version < 5 ? null : from.optionalTime("as_of"));
  }

  static Recalled recalled(JsonMembers from) {
    return new Recalled(
        from.text("query"),
        from.objects("found").stream().map(EventReader::found).toList(),
        from.wholeNumber("searched_up_to"),
        from.truth("lagging"),
        from.wholeNumber("millis"),
        from.optionalText("trouble"));
  }

  /** Version 1 was planned before there were memories; up to 2 no tools were written down. */
  static Planned planned(JsonMembers from, int version) {
    String model = from.text("model_fingerprint");
    String template = from.optionalText("template_fingerprint");
    int promptTokens = from.smallNumber("prompt_tokens");
    List<Long> kept = from.wholeNumbers("turns_kept");
    int dropped = from.smallNumber("turns_dropped");
    return new Planned(
        model,
        template,
        promptTokens,
        kept,
        dropped,
        version == 1 ? List.of() : ids(from, "memories_kept"),
        version == 1 ? 0 : from.smallNumber("memories_dropped"),
        version >= 3 && from.has("tools")
            ? from.objects("tools").stream().map(EventReader::pin).toList()
            : null);
  }

  private static ToolPin pin(JsonMembers from) {
    ToolPin pin = new ToolPin(from.text("name"), from.text("sha256"));
    from.requireNoMore();
    return pin;
  }

  /** Version 1 knew no tools that the client performs. */
  static ToolCalled toolCalled(JsonMembers from, int version) {
    return new ToolCalled(
        from.text("call"),
        from.text("tool"),
        from.text("arguments"),
        from.text("idempotency_key"),
        from.truth("repeatable"),
        from.optionalText("problem"),
        from.text("said"),
        ids(from, "evidence"),
        usage(from.object("usage")),
        version < 2 ? null : from.optionalInt("wait_seconds"));
  }

  /** Version 1 held no more of an answer than the model read. */
  static ToolAnswered toolAnswered(JsonMembers from, int version) {
    String call = from.text("call");
    boolean isError = from.truth("error");
    String text = from.text("text");
    return new ToolAnswered(
        call,
        isError,
        text,
        from.wholeNumber("characters_left"),
        from.objects("found").stream().map(EventReader::found).toList(),
        from.wholeNumber("millis"),
        version < 2 ? text.length() : from.smallNumber("head"),
        version < 2 ? 0 : from.smallNumber("tail"));
  }

  static Answered answered(JsonMembers from, int version) {
    String output = from.text("output");
    Finish finish = EventNames.finish(from.text("finish"));
    Usage usage = usage(from.object("usage"));
    return version == 1
        ? new Answered(output, finish, usage)
        : new Answered(
            output,
            finish,
            usage,
            from.truth("grounded"),
            from.objects("citations").stream().map(EventReader::citation).toList(),
            ids(from, "memories_gone"),
            version >= 3 && from.has("confidence")
                ? confidence(from.object("confidence"), version)
                : null);
  }

  static TurnFailed turnFailed(JsonMembers from) {
    return new TurnFailed(EventNames.failure(from.text("type")), from.text("detail"));
  }

  static WindowChange.Compacted compacted(JsonMembers from) {
    return new WindowChange.Compacted(
        new CompactionId(from.text("compaction")),
        from.text("policy"),
        from.number("ratio"),
        from.texts("turns").stream().map(TurnId::new).toList(),
        saved(from),
        from.has("held_out") ? heldOut(from.object("held_out")) : null);
  }

  static WindowChange.Expanded expanded(JsonMembers from) {
    return new WindowChange.Expanded(new CompactionId(from.text("compaction")), saved(from));
  }

  private static WindowChange.Saved saved(JsonMembers from) {
    return new WindowChange.Saved(
        from.smallNumber("exact_tokens"),
        from.smallNumber("tokens_before"),
        from.smallNumber("tokens_after"),
        from.wholeNumber("bytes_before"),
        from.wholeNumber("bytes_after"));
  }

  private static WindowChange.HeldOut heldOut(JsonMembers from) {
    WindowChange.HeldOut heldOut =
        new WindowChange.HeldOut(from.number("log_mass"), from.number("output"));
    from.requireNoMore();
    return heldOut;
  }

  private static GivenMessage given(JsonMembers from) {
    String role = from.text("role");
    if (!role.equals("user") && !role.equals("assistant")) {
      throw new IllegalArgumentException("given.role is neither user nor assistant");
    }
    GivenMessage given = new GivenMessage(role.equals("user"), from.text("text"));
    from.requireNoMore();
    return given;
  }

  /** Up to version 2 there was no shaping, up to version 3 no best of several. */
  private static SamplingOptions sampling(JsonMembers event, int version) {
    JsonMembers from = event.object("sampling");
    SamplingOptions sampling =
        new SamplingOptions(
            from.optionalDouble("temperature"),
            from.optionalInt("top_k"),
            from.optionalDouble("top_p"),
            from.optionalDouble("min_p"),
            from.optionalLong("seed"),
            version < 3
                ? Shaping.NONE
                : new Shaping(
                    from.optionalDouble("typical_p"),
                    from.optionalTruth("sparsemax"),
                    from.optionalDouble("repetition_penalty"),
                    from.optionalDouble("presence_penalty"),
                    from.optionalDouble("frequency_penalty"),
                    event.optionalObjects("logit_bias").stream().map(EventReader::bias).toList(),
                    version < 4 ? null : from.optionalInt("best_of")));
    from.requireNoMore();
    return sampling;
  }

  private static Shaping.TokenBias bias(JsonMembers from) {
    Shaping.TokenBias bias = new Shaping.TokenBias(from.smallNumber("token"), from.number("bias"));
    from.requireNoMore();
    return bias;
  }

  /** Up to version 3 there was no probability. */
  private static Confidence confidence(JsonMembers from, int version) {
    Confidence confidence =
        new Confidence(
            from.smallNumber("tokens"),
            from.number("logprob_mean"),
            from.number("logprob_min"),
            from.number("entropy_mean"),
            from.number("entropy_max"),
            from.has("spilled") ? spilled(from.object("spilled")) : null,
            version < 4 ? null : from.optionalDouble("probability"));
    from.requireNoMore();
    return confidence;
  }

  private static Confidence.Spilled spilled(JsonMembers from) {
    Confidence.Spilled spilled =
        new Confidence.Spilled(
            from.smallNumber("tokens"),
            from.number("mean"),
            from.number("min"),
            from.number("max"));
    from.requireNoMore();
    return spilled;
  }

  private static Usage usage(JsonMembers from) {
    Usage usage =
        new Usage(
            from.smallNumber("input_tokens"),
            from.smallNumber("cached_tokens"),
            from.smallNumber("prefilled_tokens"),
            from.smallNumber("output_tokens"),
            from.wholeNumber("first_token_ms"),
            from.wholeNumber("total_ms"),
            from.wholeNumber("model_ms"));
    from.requireNoMore();
    return usage;
  }

  private static Recalled.Found found(JsonMembers from) {
    MemoryId memory = new MemoryId(from.text("memory"));
    int version = from.smallNumber("version");
    Recalled.Found found = new Recalled.Found(memory, version, from.number("score"));
    from.requireNoMore();
    return found;
  }

  private static Quote citation(JsonMembers from) {
    Quote citation =
        new Quote(
            from.smallNumber("start"),
            from.smallNumber("end"),
            new MemoryId(from.text("memory")),
            from.smallNumber("version"),
            from.smallNumber("quote_start"),
            from.smallNumber("quote_end"));
    from.requireNoMore();
    return citation;
  }

  private static List<MemoryId> ids(JsonMembers from, String name) {
    return from.texts(name).stream().map(MemoryId::new).toList();
  }
}
