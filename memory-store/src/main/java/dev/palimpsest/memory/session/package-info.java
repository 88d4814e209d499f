/**
 * Sessions and what happened in them. A session is a row of settings and an append-only sequence of
 * {@link dev.palimpsest.memory.session.TurnEvent}s numbered from 1 without gaps; whatever else is
 * known of it is a fold over that sequence. In come proposals (a new session, what a user said, the
 * next event of a turn), out come results that say in their type whether they were taken. The
 * invariants guarded here: an event once written never changes, a session has at most one open
 * turn, and a turn is accepted once however often it is proposed.
 */
@NullMarked
package dev.palimpsest.memory.session;

import org.jspecify.annotations.NullMarked;
