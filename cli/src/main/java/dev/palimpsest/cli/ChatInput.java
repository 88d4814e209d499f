package dev.palimpsest.cli;

import java.util.Optional;
import java.util.function.Supplier;

/** Where a chat's lines come from: a person at a terminal or a pipe. */
interface ChatInput extends AutoCloseable {
  /** The next line that is not blank; empty when there are no more. */
  Optional<String> next();

  /** Does {@code work} while Ctrl-C, where there is one, runs {@code onInterrupt}. */
  TurnOutcome during(Supplier<TurnOutcome> work, Runnable onInterrupt);

  @Override
  void close();
}
