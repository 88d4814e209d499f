package dev.palimpsest.engine.backend;

/**
 * Work that falls into independent units, which the threads of a {@link Backend} take one by one.
 * Made once and reused: its fields are set before {@link Backend#run} and only read until that
 * returns.
 */
public interface Work {
  /**
   * Computes one unit. Called on any compute thread, each unit exactly once, in no particular
   * order.
   *
   * @param unit from 0 to the number of units, exclusive
   * @param kernels the kernels of the calling thread, with its scratch memory
   */
  void run(int unit, Kernels kernels);
}
