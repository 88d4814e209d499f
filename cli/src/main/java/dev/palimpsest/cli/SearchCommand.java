package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code search}: what is remembered about a question. */
@Command(
    name = "search",
    description = "Finds memories by their words, their meaning or both, best first.")
final class SearchCommand implements Callable<Integer> {
  private static final int K_MAX = 200;
  private static final String INDENT = "    ";

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Parameters(paramLabel = "QUERY", description = "The question, in words.")
  private String query = "";

  @Option(
      names = "--mode",
      paramLabel = "M",
      defaultValue = "hybrid",
      description = "lexical, dense or hybrid; default: ${DEFAULT-VALUE}.")
  private String mode = "hybrid";

  @Option(
      names = "--k",
      paramLabel = "N",
      defaultValue = "10",
      description = "How many memories at most, 1 to 200; default: ${DEFAULT-VALUE}.")
  private int k = 10;

  @Option(
      names = "--user",
      paramLabel = "U",
      description = "Also what is kept for this user; default: only what is for everybody.")
  private @Nullable String user;

  @Option(
      names = "--as-of",
      paramLabel = "T",
      description = "What was known at this time (RFC 3339).")
  private @Nullable String asOf;

  @Option(
      names = "--valid-at",
      paramLabel = "T",
      description = "What held at this time (RFC 3339).")
  private @Nullable String validAt;

  @Option(names = "--explain", description = "Shows where each score comes from.")
  private boolean explain;

  @Option(names = "--json", description = "The service's answer instead of the list.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  SearchCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    if (k < 1 || k > K_MAX) {
      throw new ParameterException(spec.commandLine(), "--k: " + k + " is not between 1 and 200");
    }
    Service service = options.service(surroundings.environment());
    JsonNode answer = service.post("/v1/memories/search", request());
    PrintWriter out = surroundings.streams().out();
    if (json) {
      out.println(answer);
    } else {
      show(FoundMemory.all(answer), out);
    }
    if (answer.path("lagging").asBoolean()) {
      surroundings
          .streams()
          .err()
          .println("The index has not reached the newest memories yet; they may be missing.");
    }
    return 0;
  }

  private ObjectNode request() {
    ObjectNode request = Json.object().put("query", query).put("k", k).put("mode", mode);
    if (user != null) {
      request.putObject("scope").put("user", user);
    }
    if (asOf != null) {
      request.put("as_of", asOf);
    }
    if (validAt != null) {
      request.put("valid_at", validAt);
    }
    if (explain) {
      request.put("explain", true);
    }
    return request;
  }

  private void show(List<FoundMemory> found, PrintWriter out) {
    if (found.isEmpty()) {
      surroundings.streams().err().println("Nothing was found.");
    }
    int columns = Screen.of(surroundings.environment()).columns() - INDENT.length();
    for (int i = 0; i < found.size(); i++) {
      FoundMemory memory = found.get(i);
      out.println(String.format(Locale.ROOT, "%2d  %s", i + 1, SafeText.line(head(memory), 1000)));
      Paragraph.lines(SafeText.of(memory.text()), columns)
          .forEach(line -> out.println(INDENT + line));
      if (explain && !memory.parts().isEmpty()) {
        out.println(indented(explanation(memory)));
      }
    }
  }

  private static String head(FoundMemory memory) {
    String score = String.format(Locale.ROOT, "%.4f", memory.score());
    return Stream.of(memory.day(), memory.speaker(), memory.source(), score)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(" · "));
  }

  private static String explanation(FoundMemory memory) {
    Table table = new Table(List.of("SIGNAL", "SHARE", "WHY"));
    for (FoundMemory.Part part : memory.parts()) {
      String share = String.format(Locale.ROOT, "%.4f", part.share());
      table.row(List.of(part.signal(), share, SafeText.line(part.detail(), 200)));
    }
    return SafeText.of(table.toString());
  }

  private static String indented(String text) {
    return text.lines().map(line -> INDENT + line).collect(Collectors.joining("\n"));
  }
}
