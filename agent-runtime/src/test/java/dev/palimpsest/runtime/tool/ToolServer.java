package dev.palimpsest.runtime.tool;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A tool behind an address on this machine, which counts its calls. */
public final class ToolServer implements AutoCloseable {
  private static final Vertx VERTX = Vertx.vertx();

  private final HttpServer server;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<String> hosts = new CopyOnWriteArrayList<>();
  private final List<String> keys = new CopyOnWriteArrayList<>();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final Semaphore calls = new Semaphore(0);
  private volatile int status = 200;
  private volatile String answer = "";
  private volatile @Nullable CountDownLatch gate;

  /** Serves from now on. */
  public ToolServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  public String url(String path) {
    return "http://localhost:" + port() + path;
  }

  /** What may ask this server and no other. */
  public HttpTools tools() {
    return tools("private:localhost:" + port());
  }

  /** What may ask these hosts. */
  static HttpTools tools(String entry) {
    return new HttpTools(ToolHosts.of(List.of(entry)), VERTX);
  }

  /** What may ask these hosts, and is told where they are. */
  static HttpTools tools(String entry, ToolHosts.Resolver resolver) {
    return new HttpTools(ToolHosts.of(List.of(entry)), new VertxWire(VERTX), resolver);
  }

  /** What it says from now on. */
  public void answers(int code, String text) {
    status = code;
    answer = text;
  }

  /** From now on calls wait. */
  public void holds() {
    gate = new CountDownLatch(1);
  }

  /** Lets all go on. */
  public void releases() {
    CountDownLatch held = gate;
    gate = null;
    if (held != null) {
      held.countDown();
    }
  }

  /** Waits for a call to come. */
  public void awaitCall() throws InterruptedException {
    if (!calls.tryAcquire(20, TimeUnit.SECONDS)) {
      throw new AssertionError("nobody called");
    }
  }

  /** The keys of all calls. */
  public List<String> keys() {
    return List.copyOf(keys);
  }

  /** The hosts that all calls were meant for. */
  List<String> hosts() {
    return List.copyOf(hosts);
  }

  /** Method and path of all calls. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  /** The bodies of all calls. */
  public List<String> bodies() {
    return List.copyOf(bodies);
  }

  private void serve(HttpExchange exchange) throws IOException {
    keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
    lines.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    hosts.add(exchange.getRequestHeaders().getFirst("Host"));
    bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    calls.release();
    CountDownLatch held = gate;
    try {
      if (held != null && !held.await(20, TimeUnit.SECONDS)) {
        throw new UncheckedIOException(new IOException("held for good"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    byte[] body = answer.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Location", url("/elsewhere"));
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Override
  public void close() {
    releases();
    server.stop(0);
  }
}
