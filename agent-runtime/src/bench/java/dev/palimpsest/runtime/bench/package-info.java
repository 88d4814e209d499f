/**
 * Benchmarks of the memory that look at the database itself: what turns leave behind on disk, and
 * how a million memories are searched. Each wants a database of its own, which {@code ./palimpsest
 * bench memory} makes and removes; nothing of this is packaged.
 */
@NullMarked
package dev.palimpsest.runtime.bench;

import org.jspecify.annotations.NullMarked;
