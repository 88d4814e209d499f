package dev.palimpsest.engine.ground;

/**
 * Where a span of an output comes from. Offsets are in UTF-16 units, those of the output in the
 * text as it was generated; neither span has the space that stands before it.
 *
 * @param start where the span begins in the output
 * @param end where it ends, exclusive
 * @param source index of the source
 * @param sourceStart where the span begins in the source's text
 * @param sourceEnd where it ends there, exclusive
 */
public record Citation(int start, int end, int source, int sourceStart, int sourceEnd) {}
