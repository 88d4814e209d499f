package dev.palimpsest.cli;

import java.util.List;
import java.util.Set;

/**
 * One conversation with the questions about it.
 *
 * @param name letters, digits, dots, dashes and underscores
 * @param format of {@code file}
 * @param file what is imported: the conversation alone
 * @param questions those that have evidence
 */
record EvalTalk(String name, String format, String file, List<EvalTalk.Question> questions) {
  EvalTalk {
    questions = List.copyOf(questions);
  }

  /**
   * A question.
   *
   * @param group its category or ability
   * @param evidence ids of turns that exist, at least one
   */
  record Question(String id, String text, String group, Set<String> evidence) {
    Question {
      evidence = Set.copyOf(evidence);
    }
  }
}
