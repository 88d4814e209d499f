/**
 * Where text meets tokens and requests meet the store. In come conversations in words; out go words
 * again, piece by piece, from whatever model serves. {@link TextModel} is what a turn asks of a
 * model and nothing else of the engine is seen above this package; {@link ModelSlot} says whether
 * there is a model and, if not, why; {@link StoreLink} does the same for the database, which may
 * come later than the service and go away before it.
 *
 * <p>The invariant that this package guards: absence is a state with a reason. Nobody above has to
 * ask for null, and a call to what is absent fails with the sentence that a person needs.
 */
@NullMarked
package dev.palimpsest.runtime.bridge;

import org.jspecify.annotations.NullMarked;
