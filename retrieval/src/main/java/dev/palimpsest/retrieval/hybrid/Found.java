package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.Explanation;
import java.util.List;
import java.util.function.Function;

/**
 * A place in a ranking, before the memory itself is read.
 *
 * @param explanation made from the matched words, for those who come out on top
 */
record Found(MemoryId id, double score, Function<List<String>, Explanation> explanation) {}
