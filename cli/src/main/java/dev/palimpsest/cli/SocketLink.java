package dev.palimpsest.cli;

import java.net.http.WebSocket;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One living connection; used by the conversation's thread only. */
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
    try {
      socket.sendText(frame, true).get(SEND_SECONDS_MAX, TimeUnit.SECONDS);
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
