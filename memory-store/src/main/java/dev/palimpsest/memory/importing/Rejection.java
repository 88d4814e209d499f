package dev.palimpsest.memory.importing;

/**
 * A record that was not stored.
 *
 * @param record its number among all records read, from 1
 * @param offset of its first byte in the file
 * @param reason why
 * @param detail one sentence for a person that quotes nothing of the text
 */
public record Rejection(long record, long offset, RejectionReason reason, String detail) {}
