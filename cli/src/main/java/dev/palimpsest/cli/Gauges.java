package dev.palimpsest.cli;

import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Instruments that are read, never set.
 *
 * @param nanoTime a monotonic clock in nanoseconds
 * @param loadAverage runnable processes over the last minute; negative where the system does not
 *     say
 */
record Gauges(LongSupplier nanoTime, DoubleSupplier loadAverage) {}
