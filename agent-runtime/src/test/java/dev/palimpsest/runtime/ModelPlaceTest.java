package dev.palimpsest.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.StoreHealth;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.SessionSnapshots;
import dev.palimpsest.runtime.bridge.TestModel;
import dev.palimpsest.runtime.ops.SnapshotMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelPlaceTest {
  @TempDir Path folder;

  @Test
  void aBrokenFileIsNamedAndDoesNotStopTheService() throws IOException {
    byte[] whole = Files.readAllBytes(TestModel.file());
    Path cut = folder.resolve("cut.gguf");
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    Path noise = folder.resolve("noise.gguf");
    Files.writeString(noise, "This is no model.");
    for (Path file : List.of(cut, noise)) {
      Settings settings = settings(file);
      try (var place = new Place(settings, folder)) {
        ModelSlot.Missing missing = assertInstanceOf(ModelSlot.Missing.class, place.place.slot());
        assertTrue(missing.isBroken());
        assertTrue(missing.reason().contains(file.getFileName().toString()), missing::reason);
      }
    }
  }

  @Test
  void theReportSaysWhatServesAndWhatIsMissing() {
    Settings settings = settings(TestModel.file());
    try (var place = new Place(settings, folder)) {
      String report =
          StartupReport.of(
              settings,
              place.place,
              new EmbedderSlot.State.Loading(),
              new StoreHealth.Down(List.of("connection refused")),
              2);
      for (String part :
          List.of(
              "http://127.0.0.1:8077",
              "stories260K (llama, F32, 260,032 weights, window 512 tokens)",
              "scalar",
              "bytes: weights 1,054,304, cache ",
              "is not available yet: connection refused",
              "embedder  loading",
              "2 taken up again")) {
        assertTrue(report.contains(part), () -> part + " in " + report);
      }
    }
    String missing =
        StartupReport.of(
            settings,
            ModelPlace.empty("name one", false, ModelWiring.sideModels(settings)),
            new EmbedderSlot.State.Missing("no library", true),
            new StoreHealth.Up("002", "17.11"),
            0);
    assertTrue(missing.contains("missing: name one"), missing);
    assertTrue(missing.contains("missing: no library; memory is searched by words"), missing);
    assertEquals(8, missing.lines().count(), missing);
  }

  private static Settings settings(Path model) {
    Map<String, String> values =
        Map.of(
            "palimpsest.model", model.toString(),
            "palimpsest.engine.backend", "scalar",
            "user.home", "/home/somebody");
    RuntimeConfig config =
        new SmallRyeConfigBuilder()
            .withSources(new PropertiesConfigSource(values, "test", 100))
            .addDefaultInterceptors()
            .withMapping(RuntimeConfig.class)
            .build()
            .getConfigMapping(RuntimeConfig.class);
    return Settings.read(config, 1, 1L << 33);
  }

  private record Place(ModelPlace place) implements AutoCloseable {
    Place(Settings settings, Path folder) {
      this(
          new ModelWiring()
              .model(
                  settings,
                  ModelWiring.sideModels(settings),
                  new SessionSnapshots(
                      folder.resolve("kv"),
                      0,
                      InstantSource.system(),
                      new SnapshotMetrics(new SimpleMeterRegistry()))));
    }

    @Override
    public void close() {
      place.close();
    }
  }
}
