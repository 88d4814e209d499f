package dev.palimpsest.retrieval.index;

/**
 * A word of a question, as the index has it.
 *
 * @param from where it begins in the question, in UTF-16 units
 * @param to where it ends
 * @param rarity among what the filter admits; 0 for words that only ask
 */
public record AskedWord(String word, int from, int to, double rarity) {}
