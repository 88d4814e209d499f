package dev.palimpsest.engine.embed;

/**
 * How well a document answers a query.
 *
 * @param probability of "yes", 0 to 1; comparable between documents of one query
 * @param tokens that the model read for it
 * @param cutTokens of query and document that it did not read, because they were too long
 */
public record Relevance(double probability, int tokens, int cutTokens) {}
