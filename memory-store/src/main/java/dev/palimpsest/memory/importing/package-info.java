/**
 * Old conversations become memories. Bytes of any format go into a spool; a parser per format turns
 * them into records with offsets; batches of records are stored in one transaction with the count
 * of what was read, so that {@code read = stored + duplicate + rejected} at every moment, a cut
 * import goes on where it was, and the same bytes again store nothing. Zip and gzip are unpacked on
 * the way. {@link dev.palimpsest.memory.importing.PalimpsestWriter} writes the lossless archive of
 * a store, and what it wrote is put back as it was.
 */
@NullMarked
package dev.palimpsest.memory.importing;

import org.jspecify.annotations.NullMarked;
