/**
 * The session socket and its language. In come text frames of a client and news of a session; out
 * go text frames, each a JSON object with {@code type}, {@code epoch} and {@code seq}. {@link
 * Frame} lists all frames there are, {@link FrameReader} makes one of a text or says precisely why
 * it cannot, {@link FrameWriter} writes them; the server-sent events of the REST interface carry
 * the same frames.
 *
 * <p>The invariants that this package guards: a malformed frame is answered by its own error and
 * ends nothing; no turn is bound to a socket, so a lost connection loses only its view; a reader
 * that is too slow is cut off and can come back with the last number that it saw.
 */
@NullMarked
package dev.palimpsest.runtime.socket;

import org.jspecify.annotations.NullMarked;
