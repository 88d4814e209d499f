/**
 * The dense linear algebra that compaction needs: products of small matrices and two kinds of least
 * squares. Matrices are arrays, row after row, with their sizes beside them; loops run over
 * neighbouring elements so that the compiler can take several at a time. The invariant: everything
 * here is a pure function of its arguments, the same bits every time.
 */
@NullMarked
package dev.palimpsest.compress.algebra;

import org.jspecify.annotations.NullMarked;
