package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.function.Supplier;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A person at a terminal: line editing, and a history that is forgotten at the end. */
final class TerminalInput implements ChatInput {
  private static final int HISTORY_LINES_MAX = 1000;

  private final Terminal terminal;
  private final LineReader reader;
  private final String prompt;

  private TerminalInput(Terminal terminal, Palette palette) {
    this.terminal = terminal;
    this.prompt = palette.inviting("> ");
    this.reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .variable(LineReader.HISTORY_SIZE, HISTORY_LINES_MAX)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .build();
  }

  /** Takes the process's terminal. */
  static TerminalInput system(Palette palette) {
    try {
      Terminal terminal = TerminalBuilder.builder().system(true).encoding(UTF_8).build();
      return new TerminalInput(terminal, palette);
    } catch (IOException e) {
      throw CliException.couldNotRun("The terminal cannot be used: " + e.getMessage());
    }
  }

  PrintWriter writer() {
    return terminal.writer();
  }

  /** Ctrl-C drops what was typed; with nothing typed it ends the chat, as Ctrl-D does. */
  @Override
  public Optional<String> next() {
    while (true) {
      try {
        String line = reader.readLine(prompt).strip();
        if (!line.isEmpty()) {
          return Optional.of(line);
        }
      } catch (UserInterruptException e) {
        if (e.getPartialLine().isEmpty()) {
          return Optional.empty();
        }
      } catch (EndOfFileException e) {
        return Optional.empty();
      }
    }
  }

  /** What is typed meanwhile is not shown amid the answer; it waits for the next prompt. */
  @Override
  public TurnOutcome during(Supplier<TurnOutcome> work, Runnable onInterrupt) {
    Attributes before = terminal.getAttributes();
    Attributes silent = new Attributes(before);
    silent.setLocalFlag(Attributes.LocalFlag.ECHO, false);
    Terminal.SignalHandler handler = terminal.handle(Terminal.Signal.INT, _ -> onInterrupt.run());
    terminal.setAttributes(silent);
    try {
      return work.get();
    } finally {
      terminal.setAttributes(before);
      terminal.handle(Terminal.Signal.INT, handler);
    }
  }

  @Override
  public void close() {
    try {
      terminal.close();
    } catch (IOException e) {
      throw CliException.couldNotRun("The terminal cannot be given back: " + e.getMessage());
    }
  }
}
