package dev.palimpsest.memory.session;

import dev.palimpsest.memory.Erased;
import java.time.Instant;

/**
 * Says that a session is gone.
 *
 * @param eventsErased how many events its log had
 * @param erased the memories it had given rise to
 * @param at whole microseconds
 */
public record EraseReceipt(SessionId session, long eventsErased, Erased erased, Instant at) {}
