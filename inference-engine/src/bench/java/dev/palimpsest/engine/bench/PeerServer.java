package dev.palimpsest.engine.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * llama-server with one slot on a port of this machine, from when it has loaded its model until it
 * is closed; what it says goes to a file. Everything is timed from the outside, and waits.
 */
final class PeerServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofHours(2);
  private static final int START_SECONDS = 300;
  private static final int POLL_MILLIS = 200;
  private static final String SLOT_FILE = "slot.bin";

  private final HttpClient client = HttpClient.newHttpClient();
  private final Path folder;
  private final int port;
  private final Process process;
  private final Thread stopping = new Thread(this::stop);

  /**
   * How a prompt was read.
   *
   * @param prefilled tokens that were computed, as it says itself
   */
  record Turn(double seconds, int prefilled) {}

  PeerServer(List<String> command, Path model, int threads, int context) throws IOException {
    folder = Files.createTempDirectory("palimpsest-peer");
    port = freePort();
    List<String> call = new ArrayList<>(command);
    call.addAll(List.of("-m", model.toString(), "-t", "" + threads, "-c", "" + context));
    call.addAll(List.of("-np", "1", "--host", "127.0.0.1", "--port", "" + port));
    call.addAll(List.of("--slot-save-path", folder + "/"));
    process =
        new ProcessBuilder(call)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(stopping);
    awaitModel();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitModel() throws IOException {
    long end = System.nanoTime() + START_SECONDS * 1_000_000_000L;
    while (!isReady()) {
      if (!process.isAlive() || System.nanoTime() > end) {
        List<String> log = Files.readAllLines(folder.resolve("log"));
        close();
        throw new IOException(
            "the peer does not serve this model: "
                + String.join("\n", log.subList(Math.max(0, log.size() - 12), log.size())));
      }
    }
  }

  private boolean isReady() throws IOException {
    try {
      if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        return false;
      }
      HttpRequest health = HttpRequest.newBuilder(uri("/health")).build();
      return client.send(health, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (java.net.ConnectException e) {
      // It does not listen yet.
      return false;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IOException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new IOException("interrupted", cause);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** Reads a prompt, as far as it is not in its cache, and says one token. */
  Turn turn(int[] prompt) throws IOException {
    String body =
        "{\"prompt\":"
            + Arrays.toString(prompt)
            + ",\"n_predict\":1,\"temperature\":0,\"cache_prompt\":true,\"id_slot\":0}";
    long begun = System.nanoTime();
    String answer = post("/completion", body);
    double seconds = (System.nanoTime() - begun) / 1e9;
    return new Turn(seconds, (int) number(answer, "prompt_n"));
  }

  /** Writes the slot to a file; seconds. */
  double save() throws IOException {
    return slot("save");
  }

  /** Bytes of the file. */
  long savedBytes() throws IOException {
    return Files.size(folder.resolve(SLOT_FILE));
  }

  /** Forgets the slot and reads it from the file; seconds of the reading. */
  double restore() throws IOException {
    String ignored = post("/slots/0?action=erase", "{}");
    return slot("restore");
  }

  private double slot(String action) throws IOException {
    long begun = System.nanoTime();
    String ignored = post("/slots/0?action=" + action, "{\"filename\":\"" + SLOT_FILE + "\"}");
    return (System.nanoTime() - begun) / 1e9;
  }

  private String post(String path, String body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(uri(path))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException("the peer answers " + path + " with " + answer.body());
      }
      return answer.body();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static double number(String json, String key) throws IOException {
    Matcher found = Pattern.compile('"' + key + "\": *([0-9.]+)").matcher(json);
    if (!found.find()) {
      throw new IOException("the peer says nothing of " + key);
    }
    return Double.parseDouble(found.group(1));
  }

  /** The command may be a script that runs it. */
  private void stop() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
  }

  @Override
  public void close() throws IOException {
    client.close();
    boolean ignored = Runtime.getRuntime().removeShutdownHook(stopping);
    stop();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        Process killed = process.destroyForcibly();
        assert killed.equals(process);
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    Files.deleteIfExists(folder.resolve(SLOT_FILE));
    Files.deleteIfExists(folder.resolve("log"));
    Files.deleteIfExists(folder);
  }
}
