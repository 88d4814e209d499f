package dev.palimpsest.retrieval.tree;

/**
 * Something to ask of memory.
 *
 * @param text the words that are asked, a memory's id to stand beside, or a span of time
 */
public record Action(Kind kind, String text) {
  /** What is done. */
  public enum Kind {
    /** Ask the words alone. */
    WORDS,
    /** Ask the meaning alone. */
    MEANING,
    /** Ask the question without what only asks. */
    REWRITE,
    /** Ask a part of the question. */
    DECOMPOSE,
    /** Ask about a name that was found together with what is asked. */
    HOP,
    /** Put a name in the place of whose somebody is: "Clara's sister: Marta". */
    FOLLOW,
    /** Look at what was said just before and after. */
    NEIGHBOURS,
    /** Ask within the time that the question names. */
    WINDOW,
    /** Nothing more. */
    STOP
  }
}
