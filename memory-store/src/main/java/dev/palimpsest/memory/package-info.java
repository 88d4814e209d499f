/**
 * The words every part of the memory column shares: whose row it is ({@link
 * dev.palimpsest.memory.TenantId}, {@link dev.palimpsest.memory.Scope}), what may be stored ({@link
 * dev.palimpsest.memory.StorableText}), in which order writes became visible ({@link
 * dev.palimpsest.memory.Change}), who may call ({@link dev.palimpsest.memory.ApiKeys}), and how the
 * store says that it could not ({@link dev.palimpsest.memory.MemoryStoreException}). Nothing here
 * knows SQL. The invariant guarded here: a value that exists can be stored and read back unchanged,
 * so that a refused text is refused before a transaction begins.
 */
@NullMarked
package dev.palimpsest.memory;

import org.jspecify.annotations.NullMarked;
