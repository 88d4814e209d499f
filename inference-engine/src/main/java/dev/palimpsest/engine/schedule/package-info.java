/**
 * Who runs in the next step. Sequences of token ids come in, a filled batch goes out; nothing here
 * knows tensors or text. The invariant: the oldest sequence that wants to go on can always be
 * brought to its end, because younger ones give their pages up for it, to be started again later
 * ({@code Room}); and running sequences come before new prompts in every step.
 */
@NullMarked
package dev.palimpsest.engine.schedule;

import org.jspecify.annotations.NullMarked;
