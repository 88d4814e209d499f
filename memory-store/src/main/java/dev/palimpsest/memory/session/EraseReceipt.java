package dev.palimpsest.memory.session;

import java.time.Instant;

/**
 * Says that a session is gone.
 *
 * @param eventsErased how many events its log had
 * @param memoriesErased how many memories it had given rise to
 * @param at whole microseconds
 */
public record EraseReceipt(SessionId session, long eventsErased, long memoriesErased, Instant at) {}
