package dev.palimpsest.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command which speaks to a service has. */
final class ServiceOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "The service; default PALIMPSEST_URL, else http://127.0.0.1:PALIMPSEST_PORT (8077).")
  private @Nullable String url;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description =
          "The API key; default PALIMPSEST_KEY. None is needed where the service asks none.")
  private @Nullable String key;

  Service service(Map<String, String> environment) {
    return new Service(ServiceAddress.resolve(url, key, environment));
  }
}
