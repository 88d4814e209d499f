package dev.palimpsest.runtime.tool;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The hosts that tools may be behind. An entry is a name or an address, with a port where it is not
 * the scheme's own, and {@code private:} before it where the host may be in this machine or its
 * network. Immutable.
 */
public final class ToolHosts {
  private static final String PRIVATE = "private:";

  private final List<Entry> entries;

  private ToolHosts(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  private record Entry(String host, int port, boolean isPrivate) {}

  /** No host at all. */
  public static ToolHosts none() {
    return new ToolHosts(List.of());
  }

  /**
   * Reads a list.
   *
   * @throws IllegalArgumentException naming the entry that is none
   */
  public static ToolHosts of(List<String> texts) {
    List<Entry> entries = new ArrayList<>();
    for (String text : texts) {
      String entry = text.strip();
      boolean isPrivate = entry.startsWith(PRIVATE);
      try {
        URI address = new URI("tool://" + (isPrivate ? entry.substring(PRIVATE.length()) : entry));
        if (address.getHost() == null
            || !address.getPath().isEmpty()
            || address.getUserInfo() != null) {
          throw new IllegalArgumentException("'" + entry + "' is no host");
        }
        entries.add(new Entry(lower(address.getHost()), address.getPort(), isPrivate));
      } catch (URISyntaxException e) {
        throw new IllegalArgumentException("'" + entry + "' is no host", e);
      }
    }
    return new ToolHosts(entries);
  }

  /** Why a tool cannot be behind this address, if it cannot; asks no network. */
  public Optional<String> problem(String url) {
    try {
      URI address = new URI(url);
      boolean isWeb = "https".equals(address.getScheme()) || "http".equals(address.getScheme());
      if (!isWeb || address.getHost() == null || address.getUserInfo() != null) {
        return Optional.of("must be an address of http or https with a host and no user");
      }
      return entry(address).isPresent()
          ? Optional.empty()
          : Optional.of("is behind a host that palimpsest.tools.allow does not name");
    } catch (URISyntaxException e) {
      return Optional.of("is no address");
    }
  }

  /** Where names lead. */
  interface Resolver {
    /** All addresses of a host, which is a name or an address itself; blocks. */
    InetAddress[] all(String host) throws UnknownHostException;
  }

  /** Where a tool is now. */
  sealed interface Place {
    /** There; all of these were checked. */
    record Known(List<InetAddress> addresses) implements Place {}

    /** It must not be asked. */
    record Refused(String why) implements Place {}
  }

  /** Looks once where the host of an address is, which blocks, and whether it may be asked. */
  Place place(URI address, Resolver resolver) {
    Optional<Entry> entry = entry(address);
    if (entry.isEmpty()) {
      return new Place.Refused("The tool's host is not allowed.");
    }
    try {
      List<InetAddress> all = List.of(resolver.all(address.getHost()));
      return !entry.get().isPrivate() && all.stream().anyMatch(ToolHosts::isOwn)
          ? new Place.Refused("The tool's host is in a network of our own.")
          : new Place.Known(all);
    } catch (UnknownHostException e) {
      return new Place.Refused("The tool's host is not known.");
    }
  }

  private Optional<Entry> entry(URI address) {
    int usual = "https".equals(address.getScheme()) ? 443 : 80;
    int port = address.getPort() < 0 ? usual : address.getPort();
    return entries.stream()
        .filter(one -> one.host().equals(lower(address.getHost())))
        .filter(one -> (one.port() < 0 ? usual : one.port()) == port)
        .findFirst();
  }

  /** Whether an address leads to this machine, its network or nowhere in particular. */
  static boolean isOwn(InetAddress address) {
    if (address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()
        || isOfThisMachine(address)) {
      return true;
    }
    byte[] bytes = address.getAddress();
    int first = Byte.toUnsignedInt(bytes[0]);
    int second = Byte.toUnsignedInt(bytes[1]);
    if (address instanceof Inet6Address) {
      // Unique local addresses, and IPv4 addresses in disguise (NAT64, 6to4).
      return (first & 0xFE) == 0xFC
          || (first == 0 && second == 0x64)
          || (first == 0x20 && second == 2);
    }
    boolean isShared = first == 100 && (second & 0xC0) == 64;
    boolean isTesting = first == 198 && (second & 0xFE) == 18;
    return first == 0 || first >= 240 || isShared || isTesting;
  }

  /** A machine has public addresses too. */
  private static boolean isOfThisMachine(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      // Nobody can say that it is not.
      return true;
    }
  }

  private static String lower(String host) {
    return host.toLowerCase(Locale.ROOT);
  }
}
