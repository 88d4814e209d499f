package dev.palimpsest.retrieval.selftest;

/** How a question is made of a memory's words. Named outside in lower case. */
public enum QuestionForm {
  /** A few of its words, in any order, as somebody writes who remembers only those. */
  WORDS,
  /** The same words, two neighbouring letters of the longest one swapped. */
  MISSPELT,
  /** A passage of half its length, word for word. */
  PASSAGE
}
