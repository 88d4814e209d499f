/**
 * The engine: requests of token ids come in from any thread, streams of text go out, and in between
 * one thread advances all sequences step by step. The invariants: a generation that was accepted
 * ends with exactly one final delta whatever happens; what it says does not depend on what runs
 * beside it; and every queue has a limit at which something defined happens.
 */
@NullMarked
package dev.palimpsest.engine;

import org.jspecify.annotations.NullMarked;
