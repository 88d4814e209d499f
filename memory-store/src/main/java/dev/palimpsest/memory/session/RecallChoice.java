package dev.palimpsest.memory.session;

/** Whether, and how, memories are looked for before a turn is answered. Named in lower case. */
public enum RecallChoice {
  /** Not at all. */
  NONE,
  /** By words and by meaning; in a tree where the question calls for it. */
  HYBRID,
  /** In a tree: by both, and by what is asked after seeing what was found. */
  MCTS
}
