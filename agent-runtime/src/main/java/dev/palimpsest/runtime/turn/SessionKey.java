package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;

/**
 * A session of a tenant.
 *
 * @param tenant whose
 * @param session which
 */
public record SessionKey(TenantId tenant, SessionId session) {}
