package dev.palimpsest.retrieval;

import dev.palimpsest.memory.Memory;

/**
 * A memory that was found.
 *
 * @param memory as the store has it
 * @param score comparable within one answer only; higher is better
 * @param explanation where the score comes from
 */
public record Hit(Memory memory, double score, Explanation explanation) {}
