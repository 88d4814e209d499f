/**
 * Search of memories as a search in a tree: what to ask next is decided by what was found. In comes
 * a question with a budget; out come memories with scores that are explained, and the whole tree.
 *
 * <p>{@link SearchTree} knows nothing of texts; {@link TreeRecall} gives it states, actions and
 * values.
 */
@NullMarked
package dev.palimpsest.retrieval.tree;

import org.jspecify.annotations.NullMarked;
