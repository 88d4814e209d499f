package dev.palimpsest.memory;

import java.time.Instant;

/**
 * One committed write of a tenant. Numbers become visible in their order: whoever has read up to
 * {@code n} never meets a later-appearing number below it. Numbers are missing where a session was
 * erased, and a missing number never fills.
 *
 * @param number from 1, rising within the tenant
 * @param kind what happened: {@code session_created}, {@code session_updated}, {@code
 *     session_erased}, {@code event_appended}, {@code key_created}, {@code key_revoked}, {@code
 *     memories_added}, {@code memory_revised}, {@code memory_erased}, {@code memory_revoked},
 *     {@code import_created}, {@code import_ended}, {@code agent_created}, {@code agent_updated},
 *     {@code agent_deleted}
 * @param subject the id of the session, key, memory, import or agent; of {@code memories_added} the
 *     import that brought them, else the first of the memories
 * @param at when, by the writer's clock, whole microseconds
 */
public record Change(TenantId tenant, long number, String kind, String subject, Instant at) {
  /** Checks the number and that kind and subject are said. */
  public Change {
    if (number < 1 || kind.isEmpty() || subject.isEmpty()) {
      throw new IllegalArgumentException(
          "a change has a number from 1, a kind and a subject, not "
              + number
              + ", '"
              + kind
              + "', '"
              + subject
              + "'");
    }
  }
}
