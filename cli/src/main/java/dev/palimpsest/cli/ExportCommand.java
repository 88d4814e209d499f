package dev.palimpsest.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code export}: all memories with all their versions into one file. */
@Command(
    name = "export",
    description = {
      "Writes the lossless archive of the memory: every version of every memory, with ids and times.",
      "./palimpsest import puts it back, here or in another service. The file appears when it is"
          + " whole; the same memories give the same bytes."
    })
final class ExportCommand implements Callable<Integer> {
  private static final double BYTES_PER_MB = 1e6;

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "palimpsest.jsonl.gz",
      description = "The file; default: ${DEFAULT-VALUE}.")
  private Path file = Path.of("palimpsest.jsonl.gz");

  @Option(names = "--force", description = "Takes the place of a file that is there.")
  private boolean force;

  ExportCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    if (Files.exists(file) && !force) {
      throw new CliException(
          CliException.WRONG_USE,
          List.of("There is a file " + file + " already; --force takes its place."));
    }
    Service service = options.service(surroundings.environment());
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      download(service, part);
      long versions = ArchiveFile.versions(part);
      long bytes = Files.size(part);
      Path done = Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      String line =
          String.format(
              Locale.ROOT, "%s: %d versions, %.1f MB", done, versions, bytes / BYTES_PER_MB);
      surroundings.streams().out().println(SafeText.of(line));
      return 0;
    } catch (IOException e) {
      throw CliException.couldNotRun("The file " + file + " cannot be written: " + Reasons.of(e));
    } finally {
      remove(part);
    }
  }

  private void download(Service service, Path part) throws IOException {
    ProgressLine line =
        new ProgressLine(
            surroundings.streams().err(),
            Screen.of(surroundings.environment()).paints(),
            surroundings.gauges().nanoTime());
    try {
      service.download(
          "/v1/export",
          part,
          bytes ->
              line.show(String.format(Locale.ROOT, "exporting %.1f MB", bytes / BYTES_PER_MB)));
    } finally {
      line.clear();
    }
  }

  private static void remove(Path part) {
    try {
      boolean ignored = Files.deleteIfExists(part);
    } catch (IOException e) {
      throw CliException.couldNotRun("The file " + part + " cannot be removed: " + Reasons.of(e));
    }
  }
}
