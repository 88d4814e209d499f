package dev.palimpsest.runtime.guard;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which {@code Host} and which {@code Origin} are answered. A name on the list is answered on any
 * port (a tunnel may give the service another one); an origin is answered when it is listed word by
 * word, or when its name is on the list of hosts and its port is the one that the request itself
 * went to or the one that the service listens on. So a page of another server on this machine is as
 * foreign as one from elsewhere.
 */
public final class AddressRules {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final Set<String> hosts;
  private final Set<String> origins;
  private final int port;

  /**
   * Takes the lists.
   *
   * @param hosts names answered beside the loopback names; without port
   * @param origins origins answered word by word, as {@code https://console.example}
   * @param port the port that the service listens on
   */
  public AddressRules(List<String> hosts, List<String> origins, int port) {
    this.hosts =
        Stream.concat(LOOPBACK.stream(), hosts.stream())
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    this.origins =
        origins.stream()
            .map(origin -> origin.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    this.port = port;
  }

  /** Whether a listening address is reachable from this machine only. */
  public static boolean isLoopback(String listenHost) {
    String name = listenHost.toLowerCase(Locale.ROOT);
    return LOOPBACK.contains(name) || name.equals("::1");
  }

  /** Whether a {@code Host} header (or HTTP/2 authority) names this service. */
  public boolean admitsHost(@Nullable String host) {
    Authority asked = host == null ? null : split(host);
    return asked != null && hosts.contains(asked.name());
  }

  /**
   * Whether a page of this origin may talk to the service.
   *
   * @param origin the {@code Origin} header
   * @param host the {@code Host} header of the same request, already admitted
   */
  public boolean admitsOrigin(String origin, String host) {
    String lower = origin.toLowerCase(Locale.ROOT);
    if (origins.contains(lower)) {
      return true;
    }
    Authority page = page(lower);
    Authority request = split(host);
    return page != null
        && request != null
        && hosts.contains(page.name())
        && (page.port() == port || isPortOf(request, page.port()));
  }

  /** Where no port was written, the request went to the default port of its scheme. */
  private static boolean isPortOf(Authority request, int pagePort) {
    return request.port() == 0 ? pagePort == 80 || pagePort == 443 : pagePort == request.port();
  }

  /** The name and port of an origin, or null for {@code null} and whatever is no web address. */
  private static @Nullable Authority page(String origin) {
    try {
      URI uri = new URI(origin);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (!web || uri.getRawAuthority() == null || !uri.getRawPath().isEmpty()) {
        return null;
      }
      Authority authority = split(uri.getRawAuthority());
      return authority == null || authority.port() > 0
          ? authority
          : new Authority(authority.name(), "https".equals(uri.getScheme()) ? 443 : 80);
    } catch (URISyntaxException e) {
      // What is not an address is nobody's origin.
      return null;
    }
  }

  private static @Nullable Authority split(String text) {
    int colon = text.lastIndexOf(':');
    boolean hasPort = colon > text.lastIndexOf(']');
    String name = (hasPort ? text.substring(0, colon) : text).toLowerCase(Locale.ROOT);
    if (!hasPort) {
      return new Authority(name, 0);
    }
    OptionalInt number = number(text.substring(colon + 1));
    return number.isPresent() ? new Authority(name, number.getAsInt()) : null;
  }

  private static OptionalInt number(String text) {
    boolean digits =
        !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    return digits ? OptionalInt.of(Integer.parseInt(text)) : OptionalInt.empty();
  }

  /** A name in lower case and a port; 0 where none was written. */
  private record Authority(String name, int port) {}
}
