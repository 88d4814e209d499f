/**
 * The memory of keys and values: one slab, allocated once, handed out in pages of 32 tokens with
 * reference counts, and the pages that are worth finding again. Requests for pages come in, spans
 * go out. Beside it the memory of recurrent states, one for each sequence of a model that has them
 * and copies at the ends of pages. The invariant: every page is either free or held by exactly as
 * many spans as its count says, with one more where it is kept, so that pages held and pages free
 * add up to the slab at any time.
 */
@NullMarked
package dev.palimpsest.engine.kv;

import org.jspecify.annotations.NullMarked;
