package dev.palimpsest.runtime.tool;

import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Calls tools behind addresses: the arguments as a JSON body, the call's key in {@code
 * Idempotency-Key}. Blocks, belongs on a virtual thread, is safe for many threads, and never throws
 * for what a tool does.
 */
public final class HttpTools {
  /** How long a tool may take at most. */
  public static final Duration PATIENCE_MAX = Duration.ofSeconds(30);

  /** Bytes that are read of an answer. */
  public static final int BYTES_MAX = 1 << 18;

  private static final Duration LOOK = Duration.ofMillis(50);

  private static final String COULD_NOT = "The tool could not be asked: ";

  private final ToolHosts hosts;
  private final Wire wire;
  private final ToolHosts.Resolver resolver;

  /**
   * Takes the hosts that may be asked.
   *
   * @param vertx that connections are made with
   */
  public HttpTools(ToolHosts hosts, Vertx vertx) {
    this(hosts, new VertxWire(vertx), InetAddress::getAllByName);
  }

  HttpTools(ToolHosts hosts, Wire wire, ToolHosts.Resolver resolver) {
    this.hosts = hosts;
    this.wire = wire;
    this.resolver = resolver;
  }

  /** Asks nobody. */
  public static HttpTools none() {
    Wire cut =
        (uri, address, request) -> {
          throw new ConnectException("nobody is asked");
        };
    return new HttpTools(ToolHosts.none(), cut, InetAddress::getAllByName);
  }

  /**
   * A call.
   *
   * @param arguments a JSON object
   * @param patience how long it may take; {@link #PATIENCE_MAX} at most
   */
  public record Request(
      Tool.Http tool, String arguments, String idempotencyKey, Duration patience) {}

  /** What came of a call. */
  public sealed interface Outcome {
    /**
     * The tool said this, or we say why it could not be asked.
     *
     * @param isError whether it is an error
     * @param text at most {@link TurnEvent.ToolAnswered#TEXT_CHARACTERS_MAX}
     * @param charactersLeft how much more it said
     */
    record Answered(boolean isError, String text, long charactersLeft) implements Outcome {}

    /** It was not waited for any longer, because somebody stopped the turn. */
    record Stopped() implements Outcome {}
  }

  /**
   * Calls a tool and waits.
   *
   * @param isStopped asked again and again while it waits
   */
  public Outcome call(Request request, BooleanSupplier isStopped) {
    URI uri = URI.create(request.tool().url());
    FutureTask<Outcome> work = new FutureTask<>(() -> ask(request, uri));
    Thread thread = Thread.ofVirtual().name("tool").start(work);
    try {
      return await(work, request.patience(), isStopped);
    } finally {
      thread.interrupt();
    }
  }

  private static Outcome await(
      FutureTask<Outcome> work, Duration patience, BooleanSupplier isStopped) {
    Duration left = patience.compareTo(PATIENCE_MAX) < 0 ? patience : PATIENCE_MAX;
    long end = System.nanoTime() + left.toNanos();
    while (true) {
      try {
        return work.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (isStopped.getAsBoolean()) {
          return new Outcome.Stopped();
        }
        if (System.nanoTime() > end) {
          return error("The tool took longer than " + left.toSeconds() + " s.");
        }
      } catch (ExecutionException e) {
        // The tool's failure is its answer.
        return error(COULD_NOT + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Outcome.Stopped();
      }
    }
  }

  /** One look at where the host is, which is checked and then connected to. */
  private Outcome ask(Request request, URI uri) throws IOException, InterruptedException {
    return switch (hosts.place(uri, resolver)) {
      case ToolHosts.Place.Refused(String why) -> error(why);
      case ToolHosts.Place.Known(List<InetAddress> addresses) -> ask(request, uri, addresses);
    };
  }

  /** Asks at the first of the addresses where somebody is. */
  private Outcome ask(Request request, URI uri, List<InetAddress> addresses)
      throws IOException, InterruptedException {
    String why = "it has no address";
    for (InetAddress address : addresses) {
      try {
        return answered(wire.ask(uri, address, request));
      } catch (ConnectException e) {
        why = String.valueOf(e.getMessage());
      }
    }
    return error(COULD_NOT + why);
  }

  private static Outcome answered(Wire.Reply reply) {
    int status = reply.status();
    String said = StorableText.sanitised(reply.text());
    boolean isError = status / 100 != 2;
    String text = isError ? "HTTP " + status + ": " + said : said;
    int length = Math.min(text.length(), TurnEvent.ToolAnswered.TEXT_CHARACTERS_MAX);
    boolean isBetween = length > 0 && Character.isHighSurrogate(text.charAt(length - 1));
    int end = isBetween ? length - 1 : length;
    return new Outcome.Answered(
        isError, text.substring(0, end), text.length() - end + (reply.isMore() ? 1L : 0L));
  }

  private static Outcome error(String why) {
    String text = StorableText.sanitised(why);
    return new Outcome.Answered(
        true,
        text.substring(0, Math.min(text.length(), TurnEvent.TurnFailed.DETAIL_CHARACTERS_MAX)),
        0);
  }
}
