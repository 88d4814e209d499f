package dev.palimpsest.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.IdSource;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  private static final long GIGABYTE = 1L << 30;

  @TempDir Path folder;

  @Test
  void theDefaultsAreALoopbackServiceWithoutKeysAndWithoutAModel() {
    Settings settings = read(Map.of());
    assertEquals("127.0.0.1", settings.host());
    assertEquals(8077, settings.port());
    assertFalse(settings.asksForKeys());
    assertTrue(settings.model().isEmpty());
    assertEquals(3, settings.engine().threads());
    assertEquals(5 * GIGABYTE, settings.engine().engine().memoryBytesMax());
    assertEquals(1 << 20, settings.http().bodyBytes());
  }

  @Test
  void theEnvironmentSetsKeysToo() {
    Map<String, String> environment =
        Map.of(
            "PALIMPSEST_PORT", "9000",
            "PALIMPSEST_DB_URL", "jdbc:postgresql://db/x",
            "PALIMPSEST_DB_OWNER_PASSWORD", "secret",
            "PALIMPSEST_ENGINE_KV_BYTES", "64K",
            "PALIMPSEST_HTTP_ALLOWED_HOSTS", "a.example,b.example",
            "PALIMPSEST_HOME", "/somewhere",
            "PALIMPSEST_URL", "http://elsewhere");
    RuntimeConfig config =
        new SmallRyeConfigBuilder()
            .withSources(new EnvConfigSource(environment, 300))
            .withDefaultValue("user.home", "/home/somebody")
            .addDefaultInterceptors()
            .withMapping(RuntimeConfig.class)
            .build()
            .getConfigMapping(RuntimeConfig.class);
    Settings settings = Settings.read(config, 3, 5 * GIGABYTE);
    assertEquals(9000, settings.port());
    assertEquals("secret", settings.database().owner().password());
    assertFalse(settings.toString().contains("secret"));
    assertEquals(65536, settings.engine().engine().cacheBytes());
    assertEquals(2, settings.http().hosts().size());
  }

  @Test
  void consolidationIsOffOrReadsEnoughForADigest() {
    String key = "palimpsest.consolidation.memories-per-day";
    assertEquals(20_000, read(Map.of()).consolidatedPerDay());
    assertEquals(0, read(Map.of(key, "0")).consolidatedPerDay());
    assertEquals(1000, read(Map.of(key, "1000")).consolidatedPerDay());
    SettingsException refused =
        assertThrows(SettingsException.class, () -> read(Map.of(key, "999")));
    assertTrue(String.valueOf(refused.getMessage()).contains(key), refused.getMessage());
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    Map<String, String> wrong = new HashMap<>();
    wrong.put("palimpsest.host", "0.0.0.0");
    wrong.put("palimpsest.port", "http");
    wrong.put("palimpsest.model", folder.resolve("missing.gguf").toString());
    wrong.put("palimpsest.db.url", "mysql://x");
    wrong.put("palimpsest.engine.backend", "cuda");
    wrong.put("palimpsest.engine.kv-bytes", "lots");
    wrong.put("palimpsest.turn.seconds", "0");
    SettingsException refused = assertThrows(SettingsException.class, () -> read(wrong));
    assertEquals(7, refused.problems().size(), refused::getMessage);
    for (String part :
        new String[] {
          "palimpsest.port (PALIMPSEST_PORT): 'http'",
          "palimpsest.auth.mode",
          "missing.gguf",
          "jdbc:postgresql:",
          "'cuda' is not built yet",
          "'lots'",
          "palimpsest.turn.seconds"
        }) {
      assertTrue(String.valueOf(refused.getMessage()).contains(part), part);
    }
  }

  @Test
  void withoutKeysTheServiceListensOnLoopbackOnly() {
    for (String host : new String[] {"0.0.0.0", "192.168.1.5", "agent.example", "::"}) {
      assertThrows(SettingsException.class, () -> read(Map.of("palimpsest.host", host)));
      assertTrue(
          read(Map.of("palimpsest.host", host, "palimpsest.auth.mode", "keys")).asksForKeys());
    }
    for (String host : new String[] {"localhost", "127.0.0.1", "::1", "[::1]"}) {
      assertFalse(read(Map.of("palimpsest.host", host)).asksForKeys());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "port, 0, true",
    "port, 65535, true",
    "port, 65536, false",
    "port, -1, false",
    "engine.threads, 0, true",
    "engine.threads, 257, false",
    "engine.kv-bytes, 64K, true",
    "engine.kv-bytes, 63K, false",
    "engine.kv-bytes, 9999999999999G, false",
    "engine.step-tokens, 7, false",
    "engine.step-tokens, 8, true",
    "http.body-bytes, 1G, true",
    "http.body-bytes, 1025M, false",
    "tools.allow, private:localhost:9000, true",
    "tools.allow, http://a, false",
    "turn.steps, 3, false",
    "turn.steps, 4, true",
    "turn.output-tokens, 511, false",
    "turn.output-tokens, 512, true",
    "db.connections, 1, false",
    "auth.mode, KEYS, true",
    "auth.mode, maybe, false"
  })
  void limitsHoldAtTheirEdges(String key, String value, boolean isGood) {
    Map<String, String> one = Map.of("palimpsest." + key, value);
    if (isGood) {
      assertTrue(read(one).port() >= 0);
    } else {
      SettingsException refused = assertThrows(SettingsException.class, () -> read(one));
      assertEquals(1, refused.problems().size(), refused::getMessage);
    }
  }

  @Test
  void anAdminKeyIsLongAndPrintable() throws IOException {
    Path file = folder.resolve("admin.key");
    Map<String, String> named = Map.of("palimpsest.admin-key-file", file.toString());
    assertThrows(SettingsException.class, () -> read(named));
    for (String bad : new String[] {"", "short", "x".repeat(31), "with space ".repeat(5)}) {
      Files.writeString(file, bad);
      assertThrows(SettingsException.class, () -> read(named), bad);
    }
    Files.writeString(file, "x".repeat(32) + "\nsecond line\n");
    assertEquals("x".repeat(32), read(named).adminKey().orElseThrow());
  }

  @Test
  void theNodeKeepsItsNameInItsDataFolder() throws IOException {
    IdSource ids = new CountingIds();
    Path data = folder.resolve("a/b");
    var first = NodeIdFile.readOrCreate(data, ids);
    assertEquals(first, NodeIdFile.readOrCreate(data, ids));
    Files.writeString(data.resolve("node-id"), "not a name\n");
    assertThrows(SettingsException.class, () -> NodeIdFile.readOrCreate(data, ids));
    Path blocked = Files.writeString(folder.resolve("file"), "");
    assertThrows(SettingsException.class, () -> NodeIdFile.readOrCreate(blocked, ids));
  }

  private static Settings read(Map<String, String> values) {
    Map<String, String> all = new HashMap<>(values);
    all.putIfAbsent("user.home", "/home/somebody");
    RuntimeConfig config =
        new SmallRyeConfigBuilder()
            .withSources(new PropertiesConfigSource(all, "test", 100))
            .addDefaultInterceptors()
            .withMapping(RuntimeConfig.class)
            .build()
            .getConfigMapping(RuntimeConfig.class);
    return Settings.read(config, 3, 5 * GIGABYTE);
  }
}
