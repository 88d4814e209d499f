package dev.palimpsest.cli;

import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A process of its own making: runs commands with given input and keeps what they print. */
final class Desk {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Map<String, String> environment = new HashMap<>();
  private String input = "";

  static Surroundings surroundings() {
    return new Desk().place();
  }

  Desk environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  Desk input(String text) {
    input = text;
    return this;
  }

  /** Runs one command and gives its exit code. */
  int run(String... arguments) {
    return PalimpsestCommand.commandLine(place()).execute(arguments);
  }

  String out() {
    return out.toString();
  }

  String err() {
    return err.toString();
  }

  private Surroundings place() {
    AtomicInteger ids = new AtomicInteger();
    return new Surroundings(
        environment,
        new Streams(
            new BufferedReader(new StringReader(input)),
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            false),
        new Gauges(System::nanoTime, () -> 0.5),
        () -> "client-" + ids.incrementAndGet(),
        new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 4));
  }
}
