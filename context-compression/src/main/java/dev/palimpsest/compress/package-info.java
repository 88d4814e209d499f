/**
 * Makes a stretch of a sequence's cache shorter. In come the exact keys and values of every head,
 * and queries that the session itself has asked since; out come fewer keys with biases, a number
 * for each head, and a report of what was lost on queries that the fit has not seen. The invariant:
 * what is reported was measured, and a head that misses the bounds of a request keeps more keys or
 * all of them. Nothing here owns memory: the engine reads, stores and shares.
 */
@NullMarked
package dev.palimpsest.compress;

import org.jspecify.annotations.NullMarked;
