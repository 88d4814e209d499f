package dev.palimpsest.cli;

import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Makes connections to one socket of a service. */
final class SocketDialer {
  private static final Duration HANDSHAKE_MAX = Duration.ofSeconds(10);

  private final HttpClient http;
  private final ServiceAddress address;
  private final String path;
  private final BlockingQueue<SocketEvent> events;

  /** Dials {@code path}, which begins with a slash; what is heard goes to {@code events}. */
  SocketDialer(Service service, String path, BlockingQueue<SocketEvent> events) {
    this.http = service.http();
    this.address = service.address();
    this.path = path;
    this.events = events;
  }

  /** What came of an attempt. */
  sealed interface Dialled {
    record Connected(SocketLink link) implements Dialled {}

    /** The server answered, and said no. */
    record Turned(int status) implements Dialled {}

    record Unreachable(String reason) implements Dialled {}
  }

  /** Tries once; {@code query} is empty or begins with a question mark. */
  Dialled dial(int number, String query) {
    WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(HANDSHAKE_MAX);
    address.key().ifPresent(key -> builder.header("Authorization", "Bearer " + key));
    try {
      WebSocket socket =
          builder
              .buildAsync(address.socket(path + query), new SocketListener(number, events))
              .get(HANDSHAKE_MAX.toSeconds(), TimeUnit.SECONDS);
      return new Dialled.Connected(new SocketLink(number, socket));
    } catch (ExecutionException e) {
      return failed(e);
    } catch (TimeoutException e) {
      return new Dialled.Unreachable("no answer in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Dialled.Unreachable("interrupted");
    }
  }

  private static Dialled failed(ExecutionException e) {
    return e.getCause() instanceof WebSocketHandshakeException refused
        ? new Dialled.Turned(refused.getResponse().statusCode())
        : new Dialled.Unreachable(Reasons.of(e));
  }
}
