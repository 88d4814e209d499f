/**
 * What can be proved of memories: where they come from, that a source was taken back with all that
 * was made of it, what an erasure removed, and that nobody changed a row. {@link
 * dev.palimpsest.runtime.proof.Withdrawals} and {@link dev.palimpsest.runtime.proof.Erasures} reach
 * beyond the store, to what models keep and to the index of words; what they answer is signed by
 * the {@link dev.palimpsest.runtime.proof.SigningKey} of this installation. {@link
 * dev.palimpsest.runtime.proof.RetentionWorker} has erased what is kept no longer.
 *
 * <p>The invariant that this package guards: a receipt says nothing is gone that could still be
 * found.
 */
@NullMarked
package dev.palimpsest.runtime.proof;

import org.jspecify.annotations.NullMarked;
