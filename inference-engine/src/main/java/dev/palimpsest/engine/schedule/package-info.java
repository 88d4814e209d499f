/**
 * Who runs in the next step. Sequences of token ids come in, a filled batch goes out; nothing here
 * knows tensors or text. The invariant: a sequence is started only when pages for its prompt and
 * all of its possible output are reserved, so a running sequence never waits for memory, and
 * running sequences come before new prompts in every step.
 */
@NullMarked
package dev.palimpsest.engine.schedule;

import org.jspecify.annotations.NullMarked;
