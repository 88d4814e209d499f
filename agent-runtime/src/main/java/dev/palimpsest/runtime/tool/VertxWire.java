package dev.palimpsest.runtime.tool;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks with the HTTP client that the service's own server is part of: of those there are, the one
 * that can be told where to connect. Each request has a connection of its own; certificates are
 * checked against the name of the host. Follows nothing, knows no proxy. For any thread.
 */
final class VertxWire implements Wire {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  /** Connections to one host at a time; turns limit it, not this. */
  private static final int POOL = 4096;

  private final HttpClient client;

  VertxWire(Vertx vertx) {
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setKeepAlive(false)
                .setMaxPoolSize(POOL)
                .setVerifyHost(true)
                .setConnectTimeout((int) HttpTools.PATIENCE_MAX.toMillis()));
  }

  @Override
  public Reply ask(URI uri, InetAddress address, HttpTools.Request request)
      throws IOException, InterruptedException {
    Exchange exchange = new Exchange();
    client
        .request(options(uri, address, request))
        .onFailure(exchange::fail)
        .onSuccess(made -> exchange.send(made, request.arguments()));
    return exchange.await();
  }

  private static RequestOptions options(URI uri, InetAddress address, HttpTools.Request request) {
    boolean isSecure = "https".equals(uri.getScheme());
    int usual = isSecure ? HTTPS_PORT : HTTP_PORT;
    int port = uri.getPort() < 0 ? usual : uri.getPort();
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return new RequestOptions()
        .setMethod(HttpMethod.valueOf(request.tool().method()))
        .setServer(SocketAddress.inetSocketAddress(port, address.getHostAddress()))
        .setHost(uri.getHost())
        .setPort(port)
        .setSsl(isSecure)
        .setURI(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery())
        .setFollowRedirects(false)
        .putHeader("Content-Type", "application/json")
        .putHeader("Idempotency-Key", request.idempotencyKey());
  }

  /** One request and its answer. The events of its connection come one after the other. */
  private static final class Exchange {
    private final CompletableFuture<Reply> reply = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private volatile @Nullable HttpClientRequest request;

    void send(HttpClientRequest made, String body) {
      request = made;
      if (reply.isDone()) {
        end();
        return;
      }
      made.send(body).onFailure(this::fail).onSuccess(this::read);
    }

    private void read(HttpClientResponse response) {
      int status = response.statusCode();
      response.exceptionHandler(this::fail);
      response.endHandler(end -> finish(status, false));
      response.handler(chunk -> add(chunk, status));
    }

    private void add(Buffer chunk, int status) {
      int room = HttpTools.BYTES_MAX - bytes.size();
      byte[] more = chunk.getBytes(0, Math.min(room, chunk.length()));
      bytes.write(more, 0, more.length);
      if (chunk.length() > room) {
        finish(status, true);
        end();
      }
    }

    private void finish(int status, boolean isMore) {
      String text = bytes.toString(StandardCharsets.UTF_8);
      boolean isFirst = reply.complete(new Reply(status, text, isMore));
      assert isFirst || reply.isDone();
    }

    void fail(Throwable cause) {
      boolean isFirst = reply.completeExceptionally(cause);
      assert isFirst || reply.isDone();
    }

    private void end() {
      HttpClientRequest made = request;
      if (made != null) {
        boolean isOpen = made.reset();
        assert isOpen || reply.isDone();
      }
    }

    Reply await() throws IOException, InterruptedException {
      try {
        return reply.get();
      } catch (InterruptedException e) {
        fail(e);
        end();
        throw e;
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        if (cause instanceof ConnectException nobody) {
          throw nobody;
        }
        throw new IOException(cause == null ? "" : String.valueOf(cause.getMessage()), e);
      }
    }
  }
}
