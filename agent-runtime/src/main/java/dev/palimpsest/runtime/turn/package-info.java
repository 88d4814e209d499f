/**
 * One user turn from what was said to what is answered. In come a session and a {@link
 * TurnRequest}; out go durable events in the session's log and, for whoever watches, {@link
 * TurnNews}. {@link TurnMachine} decides: a pure function from the events of a turn to its next
 * {@link Step}. {@link TurnRunner} gives a turn its virtual thread, on which {@link TurnLoop}
 * performs the step, appends the event, tells the news, and asks again. A turn that waits for its
 * client has no thread. If the process dies between any two lines, the next one folds the same
 * events and goes on.
 *
 * <p>The invariants that this package guards: an event is told only after it was committed; a
 * turn's answer is a function of its events, the model and the seed; whoever watches too slowly
 * loses the view and never delays the turn.
 */
@NullMarked
package dev.palimpsest.runtime.turn;

import org.jspecify.annotations.NullMarked;
