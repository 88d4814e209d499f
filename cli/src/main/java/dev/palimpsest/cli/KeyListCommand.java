package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code key list}: what keys there are, never the keys themselves. */
@Command(name = "list", description = "Lists the API keys, without their secrets.")
final class KeyListCommand implements Callable<Integer> {
  private static final int PAGES_MAX = 1000;
  private static final int CELL_CHARS_MAX = 60;

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  KeyListCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Service service = options.service(surroundings.environment());
    List<JsonNode> keys = new ArrayList<>();
    String path = "/v1/keys";
    for (int page = 0; page < PAGES_MAX && !path.isEmpty(); page++) {
      JsonNode list = service.get(path);
      list.path("data").forEach(keys::add);
      String next = list.path("next").asText("");
      boolean more = !next.isEmpty() && !list.path("next").isNull();
      path = more ? "/v1/keys?after=" + ServiceAddress.encode(next) : "";
    }
    surroundings.streams().out().println(keys.isEmpty() ? "No keys." : table(keys));
    return 0;
  }

  /** Rows of what may be shown of {@code keys}. */
  static Table table(List<JsonNode> keys) {
    Table table = new Table(List.of("ID", "NAME", "RIGHTS", "USER", "CREATED"));
    for (JsonNode key : keys) {
      List<String> rights = new ArrayList<>();
      key.path("rights").forEach(right -> rights.add(right.asText()));
      table.row(
          List.of(
              cell(key.path("id")),
              cell(key.path("name")),
              SafeText.line(String.join(",", rights), CELL_CHARS_MAX),
              cell(key.path("user")),
              cell(key.path("created_at"))));
    }
    return table;
  }

  private static String cell(JsonNode value) {
    boolean absent = value.isMissingNode() || value.isNull();
    return absent ? "-" : SafeText.line(value.asText(), CELL_CHARS_MAX);
  }
}
