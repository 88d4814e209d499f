/**
 * REST under {@code /v1}. In come HTTP requests that have passed the door; out go JSON, server-sent
 * events, or a problem document. The resources translate and delegate: what a turn is, they do not
 * know. {@link ProblemMapper} turns every exception, ours and the framework's, into a problem
 * document, and {@link Bodies} reads every body, so that a malformed one is told by line, column or
 * field.
 *
 * <p>The invariant that this package guards: an answer of success means committed, a problem
 * document means unchanged, and nothing else is ever answered.
 */
@NullMarked
package dev.palimpsest.runtime.api;

import org.jspecify.annotations.NullMarked;
