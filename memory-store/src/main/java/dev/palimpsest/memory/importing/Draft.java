package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.Scope;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a format says of a record, before it is known whether that can be stored. All texts are
 * clean.
 *
 * @param kind what sort of thing it is
 * @param scope for whom
 * @param session the conversation
 * @param recordId its own id; null where it has none
 * @param position in the conversation, from 0
 * @param text what was said
 * @param speaker by whom
 * @param happenedAt when
 * @param metadata a JSON object
 */
record Draft(
    MemoryKind kind,
    Scope scope,
    @Nullable String session,
    @Nullable String recordId,
    long position,
    String text,
    @Nullable String speaker,
    @Nullable Instant happenedAt,
    String metadata) {}
