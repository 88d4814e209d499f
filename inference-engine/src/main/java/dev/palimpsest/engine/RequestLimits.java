package dev.palimpsest.engine;

import dev.palimpsest.engine.token.TokenIds;
import java.util.Optional;

/**
 * What an engine can take of a request, whatever else is going on. Immutable, for any thread.
 *
 * @param vocabularySize ids are below
 * @param adapters that a request may name
 * @param contextTokens of prompt and answer together
 * @param cacheTokens that fit when nothing else is there
 */
record RequestLimits(int vocabularySize, Adapters adapters, int contextTokens, long cacheTokens) {
  /** Why it cannot be taken, empty where it can. */
  Optional<Admission.Refused> refusal(GenerationRequest request) {
    TokenIds prompt = request.prompt();
    for (int i = 0; i < prompt.size(); i++) {
      if (prompt.at(i) < 0 || prompt.at(i) >= vocabularySize) {
        return refused(
            Admission.Reason.UNKNOWN_TOKEN,
            "token " + i + " is " + prompt.at(i) + ", the vocabulary has " + vocabularySize);
      }
    }
    if (!adapters.knows(request.adapter())) {
      return refused(
          Admission.Reason.UNKNOWN_ADAPTER, "there is no adapter \"" + request.adapter() + "\"");
    }
    if (prompt.size() >= contextTokens) {
      return refused(
          Admission.Reason.PROMPT_TOO_LONG,
          "the prompt has "
              + prompt.size()
              + " tokens, the context "
              + contextTokens
              + ", and one must be left for the answer");
    }
    int tokens = prompt.size() + outputTokens(request);
    if (tokens > cacheTokens) {
      return refused(
          Admission.Reason.CACHE_TOO_SMALL,
          "prompt and output have " + tokens + " tokens, the cache holds " + cacheTokens);
    }
    return Optional.empty();
  }

  private static Optional<Admission.Refused> refused(Admission.Reason reason, String detail) {
    return Optional.of(new Admission.Refused(reason, detail));
  }

  /** Tokens that its answer has at most. */
  int outputTokens(GenerationRequest request) {
    return Math.min(request.outputTokensMax(), contextTokens - request.prompt().size());
  }
}
