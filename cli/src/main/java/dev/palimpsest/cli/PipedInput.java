package dev.palimpsest.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/** Lines from a pipe or a file; each is a turn. */
final class PipedInput implements ChatInput {
  static final int LINE_CHARS_MAX = 1 << 18;

  private final BufferedReader in;
  private int lineNumber;

  PipedInput(BufferedReader in) {
    this.in = in;
  }

  /**
   * @throws CliException when the input cannot be read or a line is longer than {@link
   *     #LINE_CHARS_MAX}
   */
  @Override
  public Optional<String> next() {
    try {
      Optional<String> line = readLine();
      while (line.isPresent() && line.get().isBlank()) {
        line = readLine();
      }
      return line.map(String::strip);
    } catch (IOException e) {
      throw CliException.couldNotRun("Standard input cannot be read: " + e.getMessage());
    }
  }

  @Override
  public TurnOutcome during(Supplier<TurnOutcome> work, Runnable onInterrupt) {
    return work.get();
  }

  @Override
  public void close() {}

  private Optional<String> readLine() throws IOException {
    lineNumber++;
    StringBuilder line = new StringBuilder();
    int c = in.read();
    if (c < 0) {
      return Optional.empty();
    }
    while (c >= 0 && c != '\n') {
      if (line.length() == LINE_CHARS_MAX) {
        throw CliException.couldNotRun(
            "Line "
                + lineNumber
                + " of the input is longer than "
                + LINE_CHARS_MAX
                + " characters.");
      }
      line.append((char) c);
      c = in.read();
    }
    return Optional.of(line.toString());
  }
}
