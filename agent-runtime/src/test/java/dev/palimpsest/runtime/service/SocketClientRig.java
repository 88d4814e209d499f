package dev.palimpsest.runtime.service;

import io.restassured.path.json.JsonPath;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A client of a session's socket that keeps all it hears. */
final class SocketClientRig implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final AtomicInteger closeCode = new AtomicInteger();
  private final WebSocket socket;

  private SocketClientRig(URI address, List<String> subprotocols) {
    WebSocket.Builder builder = HTTP.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(20));
    if (!subprotocols.isEmpty()) {
      builder.subprotocols(
          subprotocols.getFirst(),
          subprotocols.subList(1, subprotocols.size()).toArray(String[]::new));
    }
    socket = builder.buildAsync(address, new Ear()).join();
  }

  static SocketClientRig connect(URI service, String session, String query) {
    return connect(service, session, query, List.of());
  }

  static SocketClientRig connect(
      URI service, String session, String query, List<String> subprotocols) {
    return at(service, "/v1/sessions/" + session + "/socket", query, subprotocols);
  }

  /** A client of any socket of the service. */
  static SocketClientRig at(URI service, String path, String query, List<String> subprotocols) {
    String address = path + (query.isEmpty() ? "" : "?" + query);
    return new SocketClientRig(
        URI.create("ws://" + service.getAuthority() + address), subprotocols);
  }

  void send(String text) {
    socket.sendText(text, true).join();
  }

  void sendBinary(int bytes) {
    sendBinary(ByteBuffer.allocate(bytes));
  }

  void sendBinary(ByteBuffer bytes) {
    socket.sendBinary(bytes, true).join();
  }

  /** The next frame. */
  JsonPath next() throws InterruptedException {
    return new JsonPath(nextText());
  }

  /** The same as it came: whoever reads thousands has no time for paths, which are compiled. */
  String nextText() throws InterruptedException {
    String text = heard.poll(30, TimeUnit.SECONDS);
    if (text == null) {
      throw new AssertionError("silence; closed with " + closeCode.get());
    }
    return text;
  }

  /** The next frame, which must be of this type. */
  JsonPath next(String type) throws InterruptedException {
    JsonPath frame = next();
    if (!type.equals(frame.getString("type"))) {
      throw new AssertionError("expected " + type + ", got " + frame.prettify());
    }
    return frame;
  }

  /** All frames up to one of this type, which is the last. */
  List<JsonPath> until(String type) throws InterruptedException {
    List<JsonPath> frames = new ArrayList<>();
    do {
      frames.add(next());
    } while (!type.equals(frames.getLast().getString("type")));
    return frames;
  }

  /** All frames up to one of this type whose problem has this status. */
  List<JsonPath> until(String type, int status) throws InterruptedException {
    List<JsonPath> frames = new ArrayList<>(until(type));
    while (frames.getLast().getInt("problem.status") != status) {
      frames.addAll(until(type));
    }
    return frames;
  }

  boolean isSilent() {
    return heard.isEmpty();
  }

  /** The code with which the service closed. */
  int awaitClose() throws InterruptedException {
    for (int i = 0; i < 3000 && closeCode.get() == 0; i++) {
      Thread.sleep(10);
    }
    return closeCode.get();
  }

  String subprotocol() {
    return socket.getSubprotocol();
  }

  static String words(List<JsonPath> frames) {
    StringBuilder words = new StringBuilder();
    for (JsonPath frame : frames) {
      if ("output.delta".equals(frame.getString("type"))) {
        words.append(frame.getString("text"));
      }
    }
    return words.toString();
  }

  /** Goes away without a word, as a broken network does. */
  void abort() {
    socket.abort();
  }

  @Override
  public void close() {
    if (!socket.isOutputClosed()) {
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    }
  }

  private final class Ear implements WebSocket.Listener {
    private final StringBuilder parts = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      parts.append(data);
      if (last) {
        heard.add(parts.toString());
        parts.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closeCode.set(code);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closeCode.compareAndSet(0, -1);
    }
  }
}
