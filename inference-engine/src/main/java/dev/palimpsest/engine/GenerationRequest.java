package dev.palimpsest.engine;

import dev.palimpsest.engine.backend.AttentionMass;
import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.token.TokenIds;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of the engine.
 *
 * @param prompt at least one token
 * @param sampling how tokens are chosen
 * @param outputTokensMax at least 1; the context may end the generation earlier
 * @param stop texts that end the generation and are not part of it
 * @param rules what the output may consist of, or null where all is free
 * @param cacheSalt keys and values are shared with requests of the same salt alone
 * @param topTold how many of the likeliest tokens are told with each token, at most {@value
 *     #TOP_TOLD_MAX}; negative where tokens are not told at all
 * @param adapter the name of the adapter to apply, or null for the model as it is
 * @param past a beginning of the prompt to go on from as it was compacted, or null to have all of
 *     the prompt exact; what was given up by then counts as none
 * @param sample takes the queries of the tokens that are computed, or null
 * @param mass takes note of what the tokens of the answer look at, or null
 * @param voice of requests with the same salt, whose earlier output this one is guessed from; no
 *     token depends on it
 */
public record GenerationRequest(
    TokenIds prompt,
    SamplingParams sampling,
    int outputTokensMax,
    List<String> stop,
    @Nullable TokenRules rules,
    String cacheSalt,
    int topTold,
    @Nullable String adapter,
    @Nullable CompactedPast past,
    @Nullable QuerySample sample,
    @Nullable AttentionMass mass,
    String voice) {
  /** The most stop sequences of a request. */
  public static final int STOPS_MAX = 16;

  /** The longest stop sequence, in UTF-16 units. */
  public static final int STOP_LENGTH_MAX = 256;

  /** The most tokens that are told beside a chosen one. */
  public static final int TOP_TOLD_MAX = 20;

  /** The same request under an adapter. */
  public GenerationRequest under(@Nullable String name) {
    return new GenerationRequest(
        prompt,
        sampling,
        outputTokensMax,
        stop,
        rules,
        cacheSalt,
        topTold,
        name,
        past,
        sample,
        mass,
        voice);
  }

  /** The same request, going on from a compacted beginning of its prompt, or from none. */
  public GenerationRequest behind(@Nullable CompactedPast beginning) {
    return new GenerationRequest(
        prompt,
        sampling,
        outputTokensMax,
        stop,
        rules,
        cacheSalt,
        topTold,
        adapter,
        beginning,
        sample,
        mass,
        voice);
  }

  /**
   * The same request, whose queries a compaction can be fitted to later.
   *
   * @param into belongs to one session, whose requests run one after the other
   */
  public GenerationRequest sampled(@Nullable QuerySample into) {
    return new GenerationRequest(
        prompt,
        sampling,
        outputTokensMax,
        stop,
        rules,
        cacheSalt,
        topTold,
        adapter,
        past,
        into,
        mass,
        voice);
  }

  /**
   * The same request, of whose answer it is noted what it looks at; no token depends on it.
   *
   * @param into belongs to this request until its generation has ended
   */
  public GenerationRequest weighed(@Nullable AttentionMass into) {
    return new GenerationRequest(
        prompt,
        sampling,
        outputTokensMax,
        stop,
        rules,
        cacheSalt,
        topTold,
        adapter,
        past,
        sample,
        into,
        voice);
  }

  /** The same request, guessed from what was put out in this voice. */
  public GenerationRequest spokenBy(String speaker) {
    return new GenerationRequest(
        prompt,
        sampling,
        outputTokensMax,
        stop,
        rules,
        cacheSalt,
        topTold,
        adapter,
        past,
        sample,
        mass,
        speaker);
  }

  /** A request whose whole prompt is exact. */
  public GenerationRequest(
      TokenIds prompt,
      SamplingParams sampling,
      int outputTokensMax,
      List<String> stop,
      @Nullable TokenRules rules,
      String cacheSalt,
      int topTold,
      @Nullable String adapter) {
    this(
        prompt,
        sampling,
        outputTokensMax,
        stop,
        rules,
        cacheSalt,
        topTold,
        adapter,
        null,
        null,
        null,
        "");
  }

  /** A request to the model as it is, of whose tokens nothing is told but their text. */
  public GenerationRequest(
      TokenIds prompt,
      SamplingParams sampling,
      int outputTokensMax,
      List<String> stop,
      @Nullable TokenRules rules,
      String cacheSalt) {
    this(prompt, sampling, outputTokensMax, stop, rules, cacheSalt, -1, null);
  }

  /** A request whose output is free and whose prompt is nobody's secret. */
  public GenerationRequest(
      TokenIds prompt, SamplingParams sampling, int outputTokensMax, List<String> stop) {
    this(prompt, sampling, outputTokensMax, stop, null, "");
  }

  /** Checks and copies. */
  public GenerationRequest {
    stop = List.copyOf(stop);
    if (prompt.isEmpty()) {
      throw new IllegalArgumentException("the prompt has no token");
    }
    if (outputTokensMax < 1) {
      throw new IllegalArgumentException(
          "output tokens must be at least 1, not " + outputTokensMax);
    }
    if (stop.size() > STOPS_MAX) {
      throw new IllegalArgumentException(
          "at most " + STOPS_MAX + " stop sequences, not " + stop.size());
    }
    if (past != null && !past.isBeginningOf(prompt)) {
      throw new IllegalArgumentException("the prompt does not begin with what was compacted");
    }
    if (topTold > TOP_TOLD_MAX) {
      throw new IllegalArgumentException(
          "at most " + TOP_TOLD_MAX + " tokens are told beside each, not " + topTold);
    }
    if (cacheSalt.indexOf(Adapter.SALT_MARK) == 0) {
      throw new IllegalArgumentException("the salt begins like one of an adapter");
    }
    for (String each : stop) {
      if (each.isEmpty() || each.length() > STOP_LENGTH_MAX) {
        throw new IllegalArgumentException(
            "a stop sequence has 1 to " + STOP_LENGTH_MAX + " characters, not " + each.length());
      }
    }
  }

  /** Whether each token is told with what the model thought of it. */
  public boolean tellsTokens() {
    return topTold >= 0;
  }
}
