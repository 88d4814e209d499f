/**
 * Memories by their words, in Lucene: one index folder per tenant, a projection of the store that a
 * follower keeps up with the change numbers. The commit of an index carries the number up to which
 * it is complete; a folder that is missing, broken or of another version is built anew from zero.
 */
@NullMarked
package dev.palimpsest.retrieval.index;

import org.jspecify.annotations.NullMarked;
