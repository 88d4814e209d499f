package dev.palimpsest.memory.session;

import java.time.Instant;

/**
 * Says that a session is gone.
 *
 * @param eventsErased how many events its log had
 * @param at whole microseconds
 */
public record EraseReceipt(SessionId session, long eventsErased, Instant at) {}
