/**
 * How long memories are kept. What is older than the policy of its scope says is written into a
 * lossless archive first and erased only when that file was read back from the disk and found
 * whole; the archive goes when its own time is over. {@link
 * dev.palimpsest.memory.retention.Retainer} does that in steps that can be cut anywhere, over a
 * {@link dev.palimpsest.memory.retention.Retention} and an {@link
 * dev.palimpsest.memory.retention.ArchiveFolder}.
 *
 * <p>The invariant that this package guards: what was erased stands in a file whose hash is known.
 */
@NullMarked
package dev.palimpsest.memory.retention;

import org.jspecify.annotations.NullMarked;
