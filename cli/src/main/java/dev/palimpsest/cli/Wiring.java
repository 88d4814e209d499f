package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** The only place that touches the process's own streams, clock and randomness. */
final class Wiring {
  /** About a minute in all: a service that restarts on a loaded machine takes half of that. */
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(250), Duration.ofSeconds(5), 16);

  private Wiring() {}

  static Surroundings surroundings() {
    return new Surroundings(
        System.getenv(),
        streams(),
        new Gauges(
            System::nanoTime, ManagementFactory.getOperatingSystemMXBean()::getSystemLoadAverage),
        () -> UUID.randomUUID().toString(),
        BACKOFF);
  }

  /** UTF-8 whatever the locale says: a bare machine's "C" locale would turn answers into "?". */
  private static Streams streams() {
    return new Streams(
        new BufferedReader(new InputStreamReader(new FileInputStream(FileDescriptor.in), UTF_8)),
        writer(FileDescriptor.out),
        writer(FileDescriptor.err),
        Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent());
  }

  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), UTF_8), true);
  }
}
