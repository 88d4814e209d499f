/**
 * {@code bench compression}: what each method of compaction costs a model in answers, and what it
 * saves in bytes. Texts with known facts are made from a seed; every arm starts from the same exact
 * cache and is asked the same questions.
 */
@NullMarked
package dev.palimpsest.compress.bench;

import org.jspecify.annotations.NullMarked;
