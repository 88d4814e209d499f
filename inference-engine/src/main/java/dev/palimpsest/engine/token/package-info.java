/**
 * Text to token ids and back. A vocabulary and text come in; ids go out, and bytes of pieces for
 * ids. Nothing here knows files or tensors. The invariant: joining the pieces of what was encoded
 * gives the text back, wherever the vocabulary has a token for every byte of it, and text that is
 * not parsed for special tokens can never become one.
 */
@NullMarked
package dev.palimpsest.engine.token;

import org.jspecify.annotations.NullMarked;
