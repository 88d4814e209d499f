package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.retrieval.Explanation;
import dev.palimpsest.retrieval.Explanation.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What each signal adds to a score, or takes from it. Told in words only for those who come out on
 * top.
 *
 * @param answer under the id of the question it follows
 * @param neighbour of the strongest neighbour's id and the sum of all
 * @param session of the id of the conversation's best
 * @param asks what a question loses
 */
record Shares(
    double words,
    double meaning,
    Best answer,
    Best neighbour,
    double speaker,
    Best session,
    double asks) {
  /** The sum, from the greatest down: as {@link Explanation#total} adds them. */
  double total() {
    double[] shares = {
      words, meaning, answer.lift(), neighbour.lift(), speaker, session.lift(), asks
    };
    Arrays.sort(shares);
    double sum = 0;
    for (int i = shares.length - 1; i >= 0; i--) {
      sum += shares[i];
    }
    return sum;
  }

  /** In words, strongest first; what adds nothing is left out. */
  Explanation explain(Candidate candidate, List<String> matched) {
    List<Part> parts = new ArrayList<>();
    add(parts, "words", words, words(candidate, matched));
    add(parts, "meaning", meaning, nearness(candidate));
    add(parts, "answer", answer.lift(), "follows the question " + answer.name());
    add(parts, "neighbour", neighbour.lift(), "stands near " + neighbour.name());
    add(parts, "speaker", speaker, "the question names " + candidate.speaker());
    add(parts, "session", session.lift(), "best of its session: " + session.name());
    add(parts, "question", asks, "asks itself");
    parts.sort(Comparator.comparingDouble(Part::share).reversed());
    return new Explanation(parts);
  }

  /** Of a search by words alone: the score is BM25 itself. */
  static Explanation ofWords(Candidate candidate, List<String> matched) {
    return new Explanation(
        List.of(new Part("words", candidate.words(), words(candidate, matched))));
  }

  /** Of a search by meaning alone: the score is the cosine itself. */
  static Explanation ofMeaning(double cosine) {
    return new Explanation(List.of(new Part("meaning", cosine, "cosine " + rounded(cosine))));
  }

  private static String words(Candidate candidate, List<String> matched) {
    return "BM25 " + rounded(candidate.words()) + ": " + String.join(", ", matched);
  }

  private static String nearness(Candidate candidate) {
    Double tokens = candidate.tokens();
    Double cosine = candidate.cosine();
    return tokens != null
        ? "tokens " + rounded(tokens)
        : "cosine " + rounded(cosine == null ? 0 : cosine);
  }

  private static void add(List<Part> parts, String signal, double share, String detail) {
    if (share != 0) {
      parts.add(new Part(signal, share, detail));
    }
  }

  private static String rounded(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
