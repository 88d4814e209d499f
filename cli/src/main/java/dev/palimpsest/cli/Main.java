package dev.palimpsest.cli;

/** The way in: runs one client command and leaves with its exit code. */
public final class Main {
  private Main() {}

  /**
   * Runs the command named by {@code arguments}; the process ends with 0 done, 1 done with
   * rejections, 2 wrong use, 3 could not run.
   */
  public static void main(String[] arguments) {
    int exitCode = PalimpsestCommand.commandLine(Wiring.surroundings()).execute(arguments);
    System.exit(exitCode);
  }
}
