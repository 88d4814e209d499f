/**
 * Stored weights as numbers: one decoder for each block layout of {@link
 * dev.palimpsest.engine.tensor.DType}, used by the kernels of every backend. Rows of blocks come
 * in, rows of f32 go out. The invariant: a value has the bits that the definition of its type gives
 * when every product is rounded before the next operation, so nothing is contracted into a fused
 * multiply-add.
 */
@NullMarked
package dev.palimpsest.engine.backend.block;

import org.jspecify.annotations.NullMarked;
