package dev.palimpsest.memory.session;

import dev.palimpsest.memory.TenantId;

/** A turn that was accepted and has not ended. */
public record OpenTurn(TenantId tenant, SessionId session, TurnId turn) {}
