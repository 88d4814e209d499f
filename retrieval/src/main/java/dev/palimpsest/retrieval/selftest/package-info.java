/** Whether what is remembered is found: questions made of the memories themselves. */
@NullMarked
package dev.palimpsest.retrieval.selftest;

import org.jspecify.annotations.NullMarked;
