package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the service is and with which key one speaks to it.
 *
 * @param base {@code http://} or {@code https://} address without a trailing slash
 */
record ServiceAddress(URI base, Optional<String> key) {
  private static final String DEFAULT_PORT = "8077";

  /**
   * Takes the options where they are given, else the environment, else this machine.
   *
   * @throws CliException (wrong use) naming the option or variable that cannot be used
   */
  static ServiceAddress resolve(
      @Nullable String url, @Nullable String key, Map<String, String> environment) {
    String fromEnvironment = environment.getOrDefault("PALIMPSEST_URL", "");
    String usedKey = key != null ? key : environment.getOrDefault("PALIMPSEST_KEY", "");
    if (usedKey.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw wrongUse("The key (PALIMPSEST_KEY or --key) holds a character that no key has.");
    }
    Optional<String> presentKey = usedKey.isEmpty() ? Optional.empty() : Optional.of(usedKey);
    if (url != null) {
      return new ServiceAddress(parse("--url", url), presentKey);
    }
    if (!fromEnvironment.isEmpty()) {
      return new ServiceAddress(parse("PALIMPSEST_URL", fromEnvironment), presentKey);
    }
    String port = environment.getOrDefault("PALIMPSEST_PORT", DEFAULT_PORT);
    if (!port.matches("[0-9]{1,5}")) {
      throw wrongUse("PALIMPSEST_PORT: '" + port + "' is not a port.");
    }
    return new ServiceAddress(parse("PALIMPSEST_PORT", "http://127.0.0.1:" + port), presentKey);
  }

  /** The address of a resource; {@code path} begins with a slash. */
  URI http(String path) {
    return URI.create(base + path);
  }

  /** The same over {@code ws://} or {@code wss://}. */
  URI socket(String path) {
    return URI.create("ws" + base.toString().substring("http".length()) + path);
  }

  /** {@code text} as one segment of a path or one value of a query. */
  static String encode(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  private static URI parse(String name, String text) {
    try {
      URI uri = new URI(text.strip().replaceAll("/+$", ""));
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean plain = uri.getQuery() == null && uri.getFragment() == null;
      if (web && plain && uri.getHost() != null && uri.getUserInfo() == null && fits(uri)) {
        return uri;
      }
      throw notAnAddress(name, text);
    } catch (URISyntaxException e) {
      throw notAnAddress(name, text);
    }
  }

  private static boolean fits(URI uri) {
    return uri.getPort() == -1 || (uri.getPort() >= 1 && uri.getPort() <= 65535);
  }

  private static CliException notAnAddress(String name, String text) {
    return wrongUse(name + ": '" + text + "' is not an address like http://127.0.0.1:8077.");
  }

  private static CliException wrongUse(String line) {
    return new CliException(CliException.WRONG_USE, java.util.List.of(line));
  }
}
