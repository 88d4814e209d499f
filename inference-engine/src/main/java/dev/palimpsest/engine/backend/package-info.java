/**
 * Where the arithmetic happens. {@link dev.palimpsest.engine.backend.Kernels} states what each
 * operation means and {@link dev.palimpsest.engine.backend.ScalarKernels} is that meaning in plain
 * loops; {@link dev.palimpsest.engine.backend.Backend} owns the compute threads and the workspace
 * and spreads an operation over them. The invariant guarded here: one output element is computed by
 * one thread, in an order of additions that depends on its row alone, so that neither the number of
 * threads nor the other rows of a batch change a bit of it.
 */
@NullMarked
package dev.palimpsest.engine.backend;

import org.jspecify.annotations.NullMarked;
