package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an engine says it takes is what it takes, measured from outside. */
@Timeout(60)
class MemoryPlanTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** A process of its own, whose heap has all its memory before the engine has any. */
  @Test
  void theMemoryOfAProcessGrowsByWhatIsPlanned() throws IOException, InterruptedException {
    assumeTrue(Files.isReadable(STATUS), "this system does not tell a process's memory");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms96m",
            "-Xmx96m",
            "-XX:+AlwaysPreTouch",
            "-XX:+UseSerialGC",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Measured.class.getName());
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String told =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    assertEquals(0, process.waitFor());
    String[] numbers = told.split(" ", -1);
    double planned = Long.parseLong(numbers[0]);
    double taken = Long.parseLong(numbers[1]);
    assertTrue(planned > 400e6, told);
    assertEquals(planned, taken, 0.03 * planned);
  }

  /** Prints what cache and workspace are to take, and by how much the process has grown. */
  static final class Measured {
    private Measured() {}

    public static void main(String[] arguments) {
      try (Model model = Model.open(Path.of("models", "palimpsest-reader-q8_0.gguf"));
          Backend backend = Backend.open("vector", 1)) {
        long warm = grown(model, backend, config(8 << 20, 256));
        assert warm > 0;
        EngineConfig config = config(384 << 20, 1024);
        MemoryPlan plan = MemoryPlan.of(config, model);
        System.out.println(
            plan.totalBytes() - plan.weightsBytes() + " " + grown(model, backend, config));
      }
    }

    private static EngineConfig config(long cacheBytes, int stepTokens) {
      return new EngineConfig(1024, cacheBytes, 64, 64, stepTokens, 64, 0, 1L << 30, DType.F32);
    }

    /** By an engine that has answered. */
    private static long grown(Model model, Backend backend, EngineConfig config) {
      long before = resident();
      try (Engine engine = new Engine(config, model, backend)) {
        int[] prompt = IntStream.range(300, 308).toArray();
        GenerationRequest request =
            new GenerationRequest(TokenIds.of(prompt), SamplingParams.GREEDY, 4, List.of());
        Admission admission = engine.submit(request);
        assert admission instanceof Admission.Accepted;
        while (engine.step() > 0) {
          assert engine.isHealthy();
        }
        return resident() - before;
      }
    }

    /** What is in memory and in no file. */
    private static long resident() {
      try {
        return Files.readAllLines(STATUS).stream()
            .filter(line -> line.startsWith("RssAnon:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
            .findFirst()
            .orElseThrow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
