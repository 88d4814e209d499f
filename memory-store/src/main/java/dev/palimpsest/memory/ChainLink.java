package dev.palimpsest.memory;

/**
 * One link of a tenant's chain.
 *
 * @param change number of the write, the last one where it took several
 * @param kind what was done
 * @param entries how many versions were written, or memories erased or revoked
 * @param entriesSha256 {@link ChainEntry#sha256()}
 * @param link what {@link ChainEntry#link} makes of the link before, the number and the sum
 */
public record ChainLink(
    long change, ChainEntry.Kind kind, int entries, String entriesSha256, String link) {}
