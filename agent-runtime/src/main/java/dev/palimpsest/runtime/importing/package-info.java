/**
 * Imports at work. In come bytes of a file from whoever sends them, and the log of imports; out go
 * news: what was committed, what was rejected, how far the indexes have come, how it ended. {@link
 * dev.palimpsest.runtime.importing.Imports} knows all that are at work, {@link
 * dev.palimpsest.runtime.importing.ImportJob} is one of them, {@link
 * dev.palimpsest.runtime.importing.ImportFeed} tells its news to all who listen.
 *
 * <p>The invariants that this package guards: no import is bound to a connection; what was spooled
 * is committed whether anybody listens or not; no more of a file is in memory than one frame, one
 * record or conversation and one batch, however fast its sender is.
 */
@NullMarked
package dev.palimpsest.runtime.importing;

import org.jspecify.annotations.NullMarked;
