package dev.palimpsest.engine.fuzz;

import java.util.random.RandomGenerator;

/** Makes an input of another. */
@FunctionalInterface
public interface Mutator {
  /** A changed copy; {@code other} is there to take parts from. */
  byte[] mutant(byte[] input, byte[] other, RandomGenerator random);
}
