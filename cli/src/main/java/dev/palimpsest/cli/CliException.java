package dev.palimpsest.cli;

import java.util.List;

/**
 * The command cannot go on; the lines say why, for a person, and the code is the process's exit
 * code. Lines may quote a service and are made harmless where they are printed.
 */
final class CliException extends RuntimeException {
  static final int REJECTED = 1;
  static final int WRONG_USE = 2;
  static final int COULD_NOT_RUN = 3;

  private static final long serialVersionUID = 1;

  private final int exitCode;
  private final transient List<String> lines;

  CliException(int exitCode, List<String> lines) {
    super(String.join("; ", lines));
    this.exitCode = exitCode;
    this.lines = List.copyOf(lines);
  }

  static CliException couldNotRun(String line) {
    return new CliException(COULD_NOT_RUN, List.of(line));
  }

  int exitCode() {
    return exitCode;
  }

  List<String> lines() {
    return lines;
  }
}
