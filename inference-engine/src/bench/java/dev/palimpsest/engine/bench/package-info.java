/**
 * Measures the engine on this machine against what its memory allows: how many bytes a token must
 * read, how fast all threads together read memory in the same minute, and how near decoding comes to
 * that. Options come in, a table goes out.
 */
@NullMarked
package dev.palimpsest.engine.bench;

import org.jspecify.annotations.NullMarked;
