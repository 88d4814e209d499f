/**
 * Whether what is remembered is found: a known-item search with questions made of the memories' own
 * words, for data about which nobody has written questions.
 */
@NullMarked
package dev.palimpsest.retrieval.selftest;

import org.jspecify.annotations.NullMarked;
