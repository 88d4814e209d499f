/**
 * The kernels in the incubating Vector API, the only package that knows it. Every result is a sum
 * over vector lanes in a fixed order: lane {@code l} adds the elements {@code l, l + L, l + 2L …}
 * one after the other with fused multiply-add, and the lanes are then added in a fixed tree. The
 * order depends on the number of lanes {@code L} of this machine and on nothing else; library
 * functions whose interpreted and compiled forms may differ (reductions by addition, exponentials)
 * are not used.
 */
@NullMarked
package dev.palimpsest.engine.backend.vector;

import org.jspecify.annotations.NullMarked;
