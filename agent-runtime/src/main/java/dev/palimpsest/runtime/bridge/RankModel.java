package dev.palimpsest.runtime.bridge;

import java.util.List;

/** What clients ask of a model that says how well texts answer a question. For any thread. */
public interface RankModel {
  /** The name by which requests ask for it. */
  String id();

  /** One for each document, in order; what is too long is cut at its end. */
  List<Rank> rank(String query, List<String> documents);

  /**
   * How well a document answers.
   *
   * @param relevance 0 to 1
   * @param tokens that the model read
   */
  record Rank(double relevance, int tokens) {}
}
