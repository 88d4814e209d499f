package dev.palimpsest.retrieval.hybrid;

import org.jspecify.annotations.Nullable;

/**
 * How near candidates are to a question: by their tokens where those were looked at, else by the
 * vector of the whole text.
 *
 * @param cosines how these are spread
 * @param tokens how matches of tokens are; null before they are looked at
 */
record Meaning(Scale cosines, @Nullable Scale tokens) {
  /** Standard deviations above the least. */
  double share(Candidate candidate) {
    Double match = candidate.tokens();
    if (tokens != null && match != null) {
      return tokens.share(match);
    }
    Double cosine = candidate.cosine();
    return cosine == null ? 0 : cosines.share(cosine);
  }

  /** The share of the average candidate. */
  double middle() {
    return tokens == null ? cosines.middle() : tokens.middle();
  }
}
