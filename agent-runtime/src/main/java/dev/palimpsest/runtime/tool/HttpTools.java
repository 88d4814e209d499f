package dev.palimpsest.runtime.tool;

import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
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

  private final ToolHosts hosts;

  /** Takes the hosts that may be asked. */
  public HttpTools(ToolHosts hosts) {
    this.hosts = hosts;
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
    URI address = URI.create(request.tool().url());
    Optional<String> problem = hosts.problemNow(address);
    if (problem.isPresent()) {
      return error(problem.get());
    }
    FutureTask<Outcome> work = new FutureTask<>(() -> ask(request, address));
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
        // The tool's failure is its answer; our own are told by their kind alone.
        return error("The tool could not be asked: " + e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Outcome.Stopped();
      }
    }
  }

  private static Outcome ask(Request request, URI address)
      throws IOException, InterruptedException {
    HttpRequest asked =
        HttpRequest.newBuilder(address)
            .timeout(PATIENCE_MAX)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", request.idempotencyKey())
            .method(
                request.tool().method(), HttpRequest.BodyPublishers.ofString(request.arguments()))
            .build();
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(PATIENCE_MAX)
            .build();
    try {
      HttpResponse<InputStream> response =
          client.send(asked, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        return answered(response.statusCode(), body);
      }
    } finally {
      client.shutdownNow();
    }
  }

  private static Outcome answered(int status, InputStream body) throws IOException {
    byte[] bytes = body.readNBytes(BYTES_MAX);
    boolean isMore = body.read() >= 0;
    String said = StorableText.sanitised(new String(bytes, StandardCharsets.UTF_8));
    boolean isError = status / 100 != 2;
    String text = isError ? "HTTP " + status + ": " + said : said;
    int length = Math.min(text.length(), TurnEvent.ToolAnswered.TEXT_CHARACTERS_MAX);
    boolean isBetween = length > 0 && Character.isHighSurrogate(text.charAt(length - 1));
    int end = isBetween ? length - 1 : length;
    return new Outcome.Answered(
        isError, text.substring(0, end), text.length() - end + (isMore ? 1L : 0L));
  }

  private static Outcome error(String why) {
    String text = StorableText.sanitised(why);
    return new Outcome.Answered(
        true,
        text.substring(0, Math.min(text.length(), TurnEvent.TurnFailed.DETAIL_CHARACTERS_MAX)),
        0);
  }
}
