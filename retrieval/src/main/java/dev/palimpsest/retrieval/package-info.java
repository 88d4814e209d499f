/**
 * What is worth remembering now. A {@link dev.palimpsest.retrieval.RecallQuery} comes in, ranked
 * {@link dev.palimpsest.retrieval.Hit}s go out, each with an {@link
 * dev.palimpsest.retrieval.Explanation} of its score. The invariant guarded here: a hit is a memory
 * that the query's filter admits, at most once, and the store has it.
 */
@NullMarked
package dev.palimpsest.retrieval;

import org.jspecify.annotations.NullMarked;
