package dev.palimpsest.engine.backend;

import java.lang.foreign.MemorySegment;

/**
 * The memory of keys and values as attention sees it; borrowed from the pool that owns it.
 *
 * @param data pages one after the other
 * @param pageBytes bytes from one page to the next
 * @param block how a head's keys and values lie on a page
 */
public record KvSlab(MemorySegment data, long pageBytes, KvBlock block) {}
