/**
 * Keeps what is searched up with what is stored. In come change numbers of the store; out go an
 * index of words and vectors of meaning that hold every memory up to some number, and answers to
 * questions. {@link Following} says how far both have come and wakes whoever follows; {@link
 * WorkerLoop} runs one follower on a thread of its own, through outages and bugs; {@link Searches}
 * is the way to ask. Meaning has a worker for each embedder, and each embedder a space of its own
 * in the tenants that made one; {@link SpaceKeeper} empties what was dropped.
 *
 * <p>The invariant that this package guards: a follower's number is moved only after everything up
 * to it was taken in, so that no write is lost because somebody was away, slow or killed. Waking is
 * a hint; polling is the truth.
 */
@NullMarked
package dev.palimpsest.runtime.recall;

import org.jspecify.annotations.NullMarked;
