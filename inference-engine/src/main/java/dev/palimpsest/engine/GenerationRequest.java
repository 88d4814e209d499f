package dev.palimpsest.engine;

import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.sample.TokenRules;
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
 */
public record GenerationRequest(
    TokenIds prompt,
    SamplingParams sampling,
    int outputTokensMax,
    List<String> stop,
    @Nullable TokenRules rules,
    String cacheSalt) {
  /** The most stop sequences of a request. */
  public static final int STOPS_MAX = 16;

  /** The longest stop sequence, in UTF-16 units. */
  public static final int STOP_LENGTH_MAX = 256;

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
    for (String each : stop) {
      if (each.isEmpty() || each.length() > STOP_LENGTH_MAX) {
        throw new IllegalArgumentException(
            "a stop sequence has 1 to " + STOP_LENGTH_MAX + " characters, not " + each.length());
      }
    }
  }
}
