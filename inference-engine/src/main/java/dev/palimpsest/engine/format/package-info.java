/**
 * Model files. A path comes in; a checked table of metadata and tensors goes out, whose numbers
 * stay in the mapped file. The package knows the container, not what a model does with it. The
 * invariant: a {@link dev.palimpsest.engine.format.Gguf} that exists has been read to the end of
 * its header, every string in it is UTF-8, every tensor lies inside the file, aligned, and on its
 * own; whatever breaks this was refused with file, byte offset and field.
 */
@NullMarked
package dev.palimpsest.engine.format;

import org.jspecify.annotations.NullMarked;
