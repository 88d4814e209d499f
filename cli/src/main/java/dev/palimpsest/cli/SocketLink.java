package dev.palimpsest.cli;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One living connection; used by one thread only. */
final class SocketLink {
  private static final int SEND_SECONDS_MAX = 20;

  private final int number;
  private final WebSocket socket;

  SocketLink(int number, WebSocket socket) {
    this.number = number;
    this.socket = socket;
  }

  int number() {
    return number;
  }

  /** Sends one frame; false when the connection turns out to be dead. */
  boolean send(String frame) {
    return isSent(socket.sendText(frame, true));
  }

  /** Sends bytes as one binary frame; false when the connection turns out to be dead. */
  boolean send(ByteBuffer bytes) {
    return isSent(socket.sendBinary(bytes, true));
  }

  /** Asks below the frames whether the other end lives; it answers with a pong. */
  boolean ping() {
    return isSent(socket.sendPing(ByteBuffer.allocate(0)));
  }

  private static boolean isSent(CompletableFuture<WebSocket> sending) {
    try {
      WebSocket ignored = sending.get(SEND_SECONDS_MAX, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends the connection at once; it delivers nothing more. */
  void abort() {
    socket.abort();
  }

  /** Says goodbye where the other side still listens; the process does not wait for an answer. */
  void close() {
    socket
        .sendClose(WebSocket.NORMAL_CLOSURE, "")
        .orTimeout(1, TimeUnit.SECONDS)
        .handle((_, _) -> true)
        .join();
    socket.abort();
  }
}
