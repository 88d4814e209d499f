package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code key create}: the key alone on standard output, so that a script can keep it. */
@Command(
    name = "create",
    description = {
      "Makes an API key.",
      "The key itself is printed once, alone on standard output, and cannot be had again."
    })
final class KeyCreateCommand implements Callable<Integer> {
  /** What a key may be allowed to do. */
  enum Right {
    read,
    write,
    admin
  }

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Option(
      names = "--name",
      paramLabel = "N",
      defaultValue = "cli",
      description = "What people call it; default: cli.")
  private String name = "cli";

  @Option(
      names = "--rights",
      paramLabel = "RIGHT",
      split = ",",
      defaultValue = "read,write",
      description = "Any of read,write,admin; default: read,write.")
  private List<Right> rights = List.of();

  @Option(names = "--user", paramLabel = "U", description = "Binds the key to this user's scope.")
  private @Nullable String user;

  KeyCreateCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    JsonNode made = options.service(surroundings.environment()).post("/v1/keys", body());
    String key = made.path("key").asText("");
    if (key.isEmpty()) {
      throw CliException.couldNotRun("The service answered without a key.");
    }
    Streams streams = surroundings.streams();
    streams.err().println(KeyListCommand.table(List.of(made)));
    streams.err().println("The key is shown this once; keep it, for example in PALIMPSEST_KEY:");
    streams.out().println(SafeText.of(key));
    return 0;
  }

  private ObjectNode body() {
    ObjectNode body = Json.object().put("name", name);
    ArrayNode list = body.putArray("rights");
    Set<Right> distinct = new LinkedHashSet<>(rights);
    distinct.stream().map(r -> r.name().toLowerCase(Locale.ROOT)).forEach(list::add);
    if (user != null) {
      body.put("user", user);
    }
    return body;
  }
}
