/**
 * Tensors as the rest of the engine sees them: a name, an element type, a shape and borrowed
 * memory. Nothing here computes.
 */
@NullMarked
package dev.palimpsest.engine.tensor;

import org.jspecify.annotations.NullMarked;
