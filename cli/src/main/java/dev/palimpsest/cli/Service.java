package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The REST side of a service: one blocking call per request. Refusals become {@link CliException}s
 * that show the problem document; so do answers that are not of this protocol.
 */
final class Service {
  static final int BODY_BYTES_MAX = 8 << 20;

  private static final int CHUNK_BYTES = 1 << 20;
  private static final int OK = 200;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration ERASE_TIMEOUT = Duration.ofHours(1);

  private final HttpClient http;
  private final ServiceAddress address;

  Service(ServiceAddress address) {
    this.address = address;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
  }

  HttpClient http() {
    return http;
  }

  ServiceAddress address() {
    return address;
  }

  JsonNode get(String path) {
    return send(request(path).GET());
  }

  JsonNode post(String path, JsonNode body) {
    return send(request(path).POST(BodyPublishers.ofString(body.toString())));
  }

  /**
   * Writes a body of any length into a file, which is made or overwritten.
   *
   * @param progress hears how many bytes came so far
   * @throws IOException when the file cannot be written
   */
  void download(String path, Path file, LongConsumer progress) throws IOException {
    HttpRequest.Builder any = request(path).setHeader("Accept", "*/*");
    HttpResponse<InputStream> response = send(any.GET(), BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      if (response.statusCode() != OK) {
        String text = new String(read(body, BODY_BYTES_MAX), StandardCharsets.UTF_8);
        throw trouble(response.statusCode(), text);
      }
      try (OutputStream out = Files.newOutputStream(file)) {
        long done = 0;
        for (byte[] bytes = read(body, CHUNK_BYTES);
            bytes.length > 0;
            bytes = read(body, CHUNK_BYTES)) {
          out.write(bytes);
          done += bytes.length;
          progress.accept(done);
        }
      }
    }
  }

  private byte[] read(InputStream body, int bytesMax) {
    try {
      return body.readNBytes(bytesMax);
    } catch (IOException e) {
      throw CliException.couldNotRun("The answer broke off (" + Reasons.of(e) + ").");
    }
  }

  /** Waits longer than others: what is erased takes as long as there is of it. */
  JsonNode delete(String path) {
    return send(request(path).timeout(ERASE_TIMEOUT).DELETE());
  }

  /** What to say when nothing answers at the address. */
  static CliException unreachable(ServiceAddress address, String reason) {
    return CliException.couldNotRun(
        "No service answers at "
            + address.base()
            + " ("
            + reason
            + "). Start one with ./palimpsest run, or name another with --url or PALIMPSEST_URL.");
  }

  /** What to say when the service wants a key, or another one. */
  static CliException unauthorised(ServiceAddress address) {
    String known =
        address.key().isPresent()
            ? " does not accept the key that was given: check PALIMPSEST_KEY (or --key)."
            : " wants a key: set PALIMPSEST_KEY (or give --key).";
    return CliException.couldNotRun("The service at " + address.base() + known);
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(address.http(path))
            .timeout(ANSWER_TIMEOUT)
            .header("Accept", "application/json, application/problem+json")
            .header("Content-Type", "application/json");
    address.key().ifPresent(key -> builder.header("Authorization", "Bearer " + key));
    return builder;
  }

  private JsonNode send(HttpRequest.Builder request) {
    return read(send(request, BodyHandlers.limiting(BodyHandlers.ofString(), BODY_BYTES_MAX)));
  }

  private <T> HttpResponse<T> send(HttpRequest.Builder request, BodyHandler<T> handler) {
    try {
      return http.send(request.build(), handler);
    } catch (IOException e) {
      throw unreachable(address, Reasons.of(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.couldNotRun("Interrupted.");
    }
  }

  private JsonNode read(HttpResponse<String> response) {
    if (response.statusCode() / 100 != 2) {
      throw trouble(response.statusCode(), response.body());
    }
    if (response.body().isBlank()) {
      return MissingNode.getInstance();
    }
    return Json.parse(response.body()).orElseThrow(() -> foreign("sent a body that is not JSON"));
  }

  private CliException trouble(int status, String body) {
    if (status == 401) {
      return unauthorised(address);
    }
    JsonNode document = Json.parse(body).orElseGet(MissingNode::getInstance);
    if (!document.isObject()) {
      return foreign("answered with status " + status + " and no problem document");
    }
    List<String> lines = new ArrayList<>(Problem.of(document, status).lines());
    if (status == 403) {
      lines.add("  The key in PALIMPSEST_KEY (or --key) decides what is allowed.");
    }
    boolean rejected = status / 100 == 4 && status != 403;
    return new CliException(rejected ? CliException.REJECTED : CliException.COULD_NOT_RUN, lines);
  }

  private CliException foreign(String what) {
    return CliException.couldNotRun(
        "The server at " + address.base() + " " + what + ": is this a Palimpsest service?");
  }
}
