package dev.palimpsest.engine;

/**
 * Counters of an engine. Each is exact; together they may be a step apart.
 *
 * @param queued requests that wait
 * @param running sequences that run, preempted ones among them
 * @param preemptions how often a sequence had to give its pages up since the start
 * @param cachedTokens prompt tokens found in the cache since the start
 * @param loadedTokens prompt tokens read from files since the start
 * @param prefilledTokens prompt tokens computed since the start, each once
 * @param recomputedTokens tokens computed again since the start, because their sequences were
 *     preempted
 * @param generatedTokens tokens generated since the start
 * @param draftedTokens tokens that were guessed since the start
 * @param acceptedTokens those of them that came true
 * @param finished generations that ended since the start
 * @param pagesFree cache pages with nothing in them
 * @param pagesIdle cache pages that are kept while their room is not needed
 * @param pages all cache pages
 */
public record EngineStats(
    int queued,
    int running,
    long preemptions,
    long cachedTokens,
    long loadedTokens,
    long prefilledTokens,
    long recomputedTokens,
    long generatedTokens,
    long draftedTokens,
    long acceptedTokens,
    long finished,
    int pagesFree,
    int pagesIdle,
    int pages) {}
