package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server on a free port of the loopback that says what a test tells it to: fixed answers to REST
 * requests, and a script for each connection to a socket. Remembers what it was asked.
 */
final class ScriptedService implements AutoCloseable {
  private static final int FRAME_BYTES_MAX = 4 << 20;

  /** A REST answer. */
  record Answer(int status, Buffer body) {}

  /** A REST request as it came. */
  record Request(
      String method, String path, Optional<String> authorization, String accept, String body) {}

  /** What happens on a socket; called on the server's event loop. */
  interface Script {
    void connected(Peer peer);

    void said(Peer peer, JsonNode frame);

    /** Bytes came as one binary frame. */
    default void heard(Peer peer, byte[] bytes) {
      throw new AssertionError("no bytes are expected here");
    }
  }

  /** The server's end of one connection. */
  record Peer(ServerWebSocket socket) {
    void send(String frame) {
      socket.writeTextMessage(frame.replace('\'', '"'));
    }

    /** Tears the connection without a goodbye. */
    void tear() {
      socket.end();
    }

    Optional<String> query(String name) {
      Matcher found = Pattern.compile("[?&]" + name + "=([^&]*)").matcher(socket.uri());
      return found.find() ? Optional.of(found.group(1)) : Optional.empty();
    }
  }

  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<String> sockets = new CopyOnWriteArrayList<>();
  private volatile Optional<Script> script = Optional.empty();
  private volatile int handshakeStatus;

  ScriptedService() {
    server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHost("127.0.0.1")
                    .setPort(0)
                    .setMaxWebSocketFrameSize(FRAME_BYTES_MAX)
                    .setMaxWebSocketMessageSize(FRAME_BYTES_MAX))
            .requestHandler(this::answer)
            .webSocketHandshakeHandler(handshake -> {
              if (handshakeStatus != 0) {
                handshake.reject(handshakeStatus);
              } else {
                handshake.accept();
              }
            })
            .webSocketHandler(this::connect);
    wait(server.listen());
    on("POST /v1/sessions", 201, "{'id':'ses_1','model':'tiny-1'}");
    on("GET /v1/sessions/ses_1", 200, "{'id':'ses_1','model':'tiny-1'}");
    on("DELETE /v1/sessions/ses_1", 200, "{}");
  }

  String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  /** Sets the answer to a request; quotes may be written as apostrophes. */
  void on(String request, int status, String body) {
    answers.put(request, new Answer(status, Buffer.buffer(body.replace('\'', '"'))));
  }

  /** Sets a body that is no text. */
  void on(String request, byte[] body) {
    answers.put(request, new Answer(200, Buffer.buffer(body)));
  }

  void onSocket(Script newScript) {
    script = Optional.of(newScript);
  }

  void refuseSockets(int status) {
    handshakeStatus = status;
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  /** The address (path and query) of each connection so far. */
  List<String> sockets() {
    return List.copyOf(sockets);
  }

  @Override
  public void close() {
    wait(vertx.close());
  }

  private void connect(ServerWebSocket socket) {
    sockets.add(socket.uri());
    Peer peer = new Peer(socket);
    Script current = script.orElseThrow();
    socket.textMessageHandler(
        text -> Json.parse(text).ifPresent(frame -> current.said(peer, frame)));
    socket.binaryMessageHandler(bytes -> current.heard(peer, bytes.getBytes()));
    current.connected(peer);
  }

  private void answer(HttpServerRequest request) {
    request.bodyHandler(body -> {
      requests.add(
          new Request(
              request.method().name(),
              request.uri(),
              Optional.ofNullable(request.getHeader("Authorization")),
              String.valueOf(request.getHeader("Accept")),
              body.toString()));
      Answer answer =
          answers.getOrDefault(
              request.method().name() + " " + request.path(),
              new Answer(
                  404, Buffer.buffer("{\"title\":\"There is no such thing\",\"status\":404}")));
      request.response().setStatusCode(answer.status()).end(answer.body());
    });
  }

  private static void wait(io.vertx.core.Future<?> future) {
    try {
      var ignored = future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
