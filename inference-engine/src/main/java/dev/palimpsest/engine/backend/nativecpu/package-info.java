/**
 * Matrix products by the C++ library of {@code native/cpu}; everything else is done by the kernels
 * that stand behind them. The library's header is the list of what it has, {@link
 * dev.palimpsest.engine.backend.nativecpu.NativeLibrary} the only class that binds it. That the
 * library is not there is no error but an answer, with its reason. Its sums have an order of their
 * own, eight lanes whatever the machine, so its results are the same bits on every instruction set;
 * on a machine whose vectors have eight lanes they are those of the Vector API too.
 */
@NullMarked
package dev.palimpsest.engine.backend.nativecpu;

import org.jspecify.annotations.NullMarked;
