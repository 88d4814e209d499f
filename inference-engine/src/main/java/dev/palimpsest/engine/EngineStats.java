package dev.palimpsest.engine;

/**
 * Counters of an engine. Each is exact; together they may be a step apart.
 *
 * @param queued requests that wait
 * @param running sequences that run
 * @param prefilledTokens prompt tokens computed since the start
 * @param generatedTokens tokens generated since the start
 * @param finished generations that ended since the start
 * @param pagesFree cache pages that nobody holds
 * @param pages all cache pages
 */
public record EngineStats(
    int queued,
    int running,
    long prefilledTokens,
    long generatedTokens,
    long finished,
    int pagesFree,
    int pages) {}
