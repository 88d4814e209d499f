package dev.palimpsest.engine;

/**
 * What a generation took.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens those of them whose keys and values were in the cache or in a file
 * @param prefilledTokens those of them that were computed; what was computed again, because the
 *     generation was preempted, counts once
 * @param outputTokens tokens generated, the one that ends a generation included
 */
public record Usage(int promptTokens, int cachedTokens, int prefilledTokens, int outputTokens) {}
