package dev.palimpsest.runtime.crash;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.EmbeddedPostgres;
import dev.palimpsest.runtime.bridge.TestModel;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own that runs {@link CrashMain} or {@link MemoryCrashMain}. */
final class CrashingProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;
  private final BufferedWriter in;

  /** One that has turns. */
  CrashingProcess(EmbeddedPostgres.Database database) {
    this(CrashMain.class, database, TestModel.file());
  }

  /** One that has memories. */
  CrashingProcess(EmbeddedPostgres.Database database, Path folder) {
    this(MemoryCrashMain.class, database, folder);
  }

  private CrashingProcess(Class<?> main, EmbeddedPostgres.Database database, Path path) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-ea", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(List.of(database.url(), database.password(), path.toString()));
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out = process.inputReader(StandardCharsets.UTF_8);
    in = process.outputWriter(StandardCharsets.UTF_8);
    expect("ready");
  }

  long pid() {
    return process.pid();
  }

  void say(String line) {
    try {
      in.write(line + "\n");
      in.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next line that begins with a word; all else that is printed is passed over. */
  String expect(String... words) {
    try {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        for (String word : words) {
          if (line.startsWith(word)) {
            return line;
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AssertionError("the process ended before " + List.of(words));
  }

  /** What it printed before it ended and nobody has read; to be called when it has. */
  List<String> rest() {
    return out.lines().toList();
  }

  /** SIGKILL; returns when it is gone. What it printed can still be read. */
  void kill() throws InterruptedException {
    assertTrue(process.toHandle().destroyForcibly());
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("pid " + pid() + " survives SIGKILL");
    }
  }

  int exitValue() {
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
