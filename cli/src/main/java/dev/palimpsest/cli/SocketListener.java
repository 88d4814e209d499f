package dev.palimpsest.cli;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Turns the JDK's callbacks into events. Runs on the HTTP client's threads; while the queue is full
 * nothing more is asked of the connection, so that a slow terminal slows the service and loses
 * nothing.
 */
final class SocketListener implements WebSocket.Listener {
  /** As much as the protocol lets a frame be. */
  static final int MESSAGE_CHARS_MAX = 1 << 20;

  private static final int TOO_LARGE = 1009;

  private final int connection;
  private final BlockingQueue<SocketEvent> events;
  private final StringBuilder message = new StringBuilder();

  SocketListener(int connection, BlockingQueue<SocketEvent> events) {
    this.connection = connection;
    this.events = events;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
    if (message.length() + part.length() > MESSAGE_CHARS_MAX) {
      socket.abort();
      put(new SocketEvent.Closed(connection, true));
      return null;
    }
    message.append(part);
    if (last) {
      put(new SocketEvent.Message(connection, message.toString()));
      message.setLength(0);
    }
    socket.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
    if (last) {
      put(new SocketEvent.Message(connection, ""));
    }
    socket.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
    put(new SocketEvent.Pong(connection));
    socket.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
    put(new SocketEvent.Closed(connection, status == TOO_LARGE));
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    put(new SocketEvent.Closed(connection, false));
  }

  private void put(SocketEvent event) {
    try {
      events.put(event);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
