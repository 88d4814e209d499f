package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code import}: files into memory. */
@Command(
    name = "import",
    description = {
      "Imports files into the memory of the service and tells what came of each record.",
      "Returns when everything can be found. A connection that is lost is sought again, and the"
          + " import goes on where it was; the same file again stores nothing twice. The exit code"
          + " is 1 when a record was rejected."
    })
final class ImportCommand implements Callable<Integer> {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int REPORT_ATTEMPTS_MAX = 20;
  private static final Duration REPORT_PAUSE = Duration.ofMillis(100);

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "The files, one after the other.")
  private List<Path> files = List.of();

  @Option(
      names = "--format",
      paramLabel = "F",
      defaultValue = "auto",
      description =
          "auto, or one of palimpsest, chatgpt, claude, jsonl, openai, locomo, mem0, markdown, langchain,"
              + " langchain4j, claude-code, mcp-memory, gemini, letta; default: ${DEFAULT-VALUE}.")
  private String format = "auto";

  @Option(
      names = "--source",
      paramLabel = "NAME",
      description = "Under which name the memories are kept; default: the file's name.")
  private @Nullable String source;

  @Option(
      names = "--base-time",
      paramLabel = "T",
      description = "When the first record happened (RFC 3339), for formats without times.")
  private @Nullable String baseTime;

  @Option(
      names = "--user",
      paramLabel = "U",
      description = "For whom the memories are; default: for everybody.")
  private @Nullable String user;

  @Option(names = "--dry-run", description = "Counts what would come of it and stores nothing.")
  private boolean dryRun;

  @Option(
      names = "--no-wait",
      description = "Returns when all is stored; the rest goes on in the service.")
  private boolean noWait;

  @Option(names = "--json", description = "One JSON object a file instead of the table.")
  private boolean json;

  ImportCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Service service = options.service(surroundings.environment());
    Table table =
        new Table(
            List.of("FILE", "READ", "STORED", "KNOWN", "REJECTED", "SANITISED", "SECONDS", "ID"));
    int exitCode = 0;
    List<JsonNode> reports = new ArrayList<>();
    for (Path file : files) {
      exitCode = Math.max(exitCode, importOne(service, file, table, reports));
    }
    if (json) {
      reports.forEach(report -> surroundings.streams().out().println(report));
    } else if (!reports.isEmpty()) {
      surroundings.streams().out().println(SafeText.of(table.toString()));
    }
    return exitCode;
  }

  private int importOne(Service service, Path file, Table table, List<JsonNode> reports) {
    Path last = file.getFileName();
    String name = last == null ? file.toString() : last.toString();
    ProgressLine line =
        new ProgressLine(
            surroundings.streams().err(),
            Screen.of(surroundings.environment()).paints(),
            surroundings.gauges().nanoTime());
    ImportScreen screen = new ImportScreen(name, line);
    long began = surroundings.gauges().nanoTime().getAsLong();
    ImportOutcome outcome = ImportClient.run(service, surroundings, order(file, name), screen);
    double seconds = (surroundings.gauges().nanoTime().getAsLong() - began) / NANOS_PER_SECOND;
    return switch (outcome) {
      case ImportOutcome.Done done -> {
        screen.end(id(done.report()));
        yield report(name, done.report(), seconds, table, reports);
      }
      case ImportOutcome.Committed committed -> {
        screen.end(committed.importId());
        JsonNode report = fetch(service, committed.importId());
        yield report(name, report, seconds, table, reports);
      }
      case ImportOutcome.Refused refused -> {
        screen.end("");
        yield trouble(name, refused.problem(), true);
      }
      case ImportOutcome.Failed failed -> {
        screen.end("");
        yield trouble(name, failed.problem(), false);
      }
    };
  }

  private ImportOrder order(Path file, String name) {
    return new ImportOrder(
        file,
        format,
        source == null ? name : source,
        Optional.ofNullable(baseTime),
        Optional.ofNullable(user),
        new ImportOrder.Manner(dryRun, !noWait));
  }

  /** The report once the import is closed, which is a moment after its last record. */
  private JsonNode fetch(Service service, String importId) {
    String path = "/v1/imports/" + ServiceAddress.encode(importId);
    JsonNode report = service.get(path);
    for (int attempt = 0; attempt < REPORT_ATTEMPTS_MAX && isOpen(report); attempt++) {
      Pause.of(REPORT_PAUSE);
      report = service.get(path);
    }
    return report;
  }

  private static boolean isOpen(JsonNode report) {
    return report.path("status").asText("").equals("open");
  }

  private static int report(
      String name, JsonNode report, double seconds, Table table, List<JsonNode> reports) {
    ImportTally tally = ImportTally.of(report);
    ObjectNode whole = Json.object().put("file", name);
    report.properties().forEach(entry -> whole.set(entry.getKey(), entry.getValue()));
    reports.add(whole.put("seconds", seconds));
    table.row(
        List.of(
            name,
            Long.toString(tally.read()),
            Long.toString(tally.stored()),
            Long.toString(tally.duplicate()),
            Long.toString(tally.rejected()),
            Long.toString(tally.sanitised()),
            String.format(Locale.ROOT, "%.1f", seconds),
            id(report)));
    return tally.rejected() > 0 ? CliException.REJECTED : 0;
  }

  private static String id(JsonNode report) {
    return report.path("import_id").asText(report.path("id").asText("-"));
  }

  private int trouble(String name, Problem problem, boolean refused) {
    surroundings.streams().err().println(SafeText.of(name + " was not imported:"));
    problem.lines().forEach(line -> surroundings.streams().err().println(SafeText.of(line)));
    if (refused && problem.status() == 400) {
      return CliException.WRONG_USE;
    }
    return problem.status() >= 500 ? CliException.COULD_NOT_RUN : CliException.REJECTED;
  }
}
