/**
 * The methods that make a head's keys fewer, one in each file. In comes a {@link
 * dev.palimpsest.compress.HeadCase} and a number of keys, out come so many keys. The invariant that
 * all of them keep, and {@code CompactorContract} checks: as many keys as there are give exactly
 * those, and the sinks are never touched.
 */
@NullMarked
package dev.palimpsest.compress.kv;

import org.jspecify.annotations.NullMarked;
