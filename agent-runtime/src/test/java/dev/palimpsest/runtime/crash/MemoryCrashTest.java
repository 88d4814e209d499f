package dev.palimpsest.runtime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.postgres.EmbeddedPostgres;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.memory.postgres.PostgresMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that imports, indexes, embeds in two spaces, consolidates, corrects and erases is
 * killed by SIGKILL at random moments, and another goes on. At the end every record of the file is
 * there once, but for those that were being erased; what was said to be erased is gone, what was
 * said to be corrected is; the chain of hashes adds up; every memory has its vectors in both
 * spaces, while nothing else has; and every conversation has one digest, of what is there. {@code
 * -Dpalimpsest.long=true} kills fifty times.
 */
@ExtendWith(NeedsPostgres.class)
class MemoryCrashTest {
  private static final int KILLS = Boolean.getBoolean("palimpsest.long") ? 50 : 3;
  private static final int RECORDS_PER_KILL = 250;
  private static final int BAD_EACH = 97;
  private static final int MILLIS_MAX = 1200;

  private final EmbeddedPostgres.Database database = EmbeddedPostgres.shared().migratedDatabase();
  private final PostgresMemory memory =
      new PostgresMemory(
          database.app(), InstantSource.system(), new CountingIds(), new SecureRandom());
  private final Map<String, String> recordsBeingErased = new HashMap<>();
  private final Set<String> erased = new HashSet<>();
  private final Map<String, Integer> revised = new HashMap<>();

  @Test
  void whateverIsKilledNothingIsLostAndNothingIsDoubled(@TempDir Path folder) throws Exception {
    Set<String> records = corpus(folder.resolve("corpus.jsonl"));
    long seed = Long.parseLong("0" + System.getProperty("seed", ""));
    System.out.println("MemoryCrashTest: -Dseed=" + seed);
    Random random = new Random(seed);
    String id = "";
    for (int kill = 0; kill < KILLS; kill++) {
      try (CrashingProcess process = new CrashingProcess(database, folder)) {
        if (id.isEmpty()) {
          process.say("import");
          id = process.expect("begun ").substring("begun ".length());
        } else {
          process.say("resume " + id);
        }
        process.say("change " + random.nextLong());
        Thread.sleep(random.nextInt(MILLIS_MAX));
        process.kill();
        process.rest().forEach(this::told);
      }
    }
    try (CrashingProcess survivor = new CrashingProcess(database, folder)) {
      survivor.say("resume " + id);
      survivor.say("settle");
      assertEquals("settled", survivor.expect("settled"));
    }
    ImportState state =
        memory.imports().find(MemoryCrashMain.TENANT, new ImportId(id)).orElseThrow();
    System.out.println(
        "MemoryCrashTest kills="
            + KILLS
            + " "
            + state.counts()
            + " erased="
            + erased.size()
            + " revised="
            + revised.size());
    assertEquals(ImportState.Status.DONE, state.status());
    assertEquals(records.size(), state.counts().stored());
    assertEquals(0, state.counts().duplicate());
    check(records);
    assertNull(memory.audit().verify(MemoryCrashMain.TENANT, null).broken());
    vectorsAreThoseOfTheNewestVersions();
    digestsAreOfWhatIsThere();
    memory.close();
  }

  /** Writes the file; returns the ids of its good records. */
  private static Set<String> corpus(Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < KILLS * RECORDS_PER_KILL; i++) {
      String id = "r" + i;
      if (i % BAD_EACH == 1) {
        text.append("{\"id\":\"").append(id).append("\"}\n");
      } else {
        ids.add(id);
        text.append("{\"id\":\"").append(id).append("\",\"session\":\"s").append(i / 20);
        text.append("\",\"text\":\"Record ").append(i).append(" tells Ada Winter of thing ");
        text.append(i % 13).append(".\"}\n");
      }
    }
    Path written = Files.writeString(file, text);
    assertTrue(Files.size(written) > 0);
    return ids;
  }

  private void told(String line) {
    List<String> words = List.of(line.split(" ", -1));
    switch (words.getFirst()) {
      case "erasing" -> recordsBeingErased.put(words.get(2), words.get(1));
      case "erased" -> erased.add(words.get(1));
      case "revised" -> revised.merge(words.get(1), Integer.parseInt(words.get(2)), Math::max);
      default -> {
        // what else it says is of no interest
      }
    }
  }

  private void check(Set<String> records) {
    Map<String, Memory> found = new HashMap<>();
    String after = null;
    do {
      Page<Memory> page =
          memory
              .memories()
              .list(MemoryCrashMain.TENANT, MemoryFilter.of(Scope.NONE), Page.LIMIT_MAX, after);
      for (Memory one : page.data()) {
        if (one.kind() == MemoryKind.DIGEST) {
          continue;
        }
        assertNull(found.put(String.valueOf(one.origin().recordId()), one), "twice: " + one.id());
      }
      after = page.next();
    } while (after != null);
    for (String record : records) {
      assertTrue(found.containsKey(record) || recordsBeingErased.containsKey(record), record);
    }
    assertTrue(records.containsAll(found.keySet()));
    found
        .values()
        .forEach(one -> {
          assertTrue(!erased.contains(one.id().value()), "erased and there: " + one.id());
          assertTrue(one.version() >= revised.getOrDefault(one.id().value(), 1), "correction lost");
        });
    for (String gone : erased) {
      assertTrue(
          memory.memories().find(MemoryCrashMain.TENANT, new MemoryId(gone), null).isEmpty());
    }
  }

  private void vectorsAreThoseOfTheNewestVersions() throws SQLException {
    assertEquals(
        0,
        count(
            """
            SELECT count(*) FROM memory_version v, unnest(ARRAY['words', 'second']) AS s (space)
            WHERE v.superseded_at IS NULL AND NOT EXISTS (
              SELECT FROM memory_vector m WHERE m.tenant_id = v.tenant_id
                AND m.memory_id = v.memory_id AND m.version = v.version AND m.space_id = s.space)
            """));
    assertTrue(count("SELECT count(*) FROM memory_vector") > 0);
  }

  private void digestsAreOfWhatIsThere() throws SQLException {
    int digests =
        count(
            "SELECT count(*) FROM memory_version WHERE kind = 'digest' AND superseded_at IS NULL");
    assertTrue(digests > 0);
    assertEquals(digests, count("SELECT count(*) FROM digest WHERE memory_id IS NOT NULL"));
    assertEquals(
        0,
        count("SELECT count(*) FROM digest WHERE done_change < seen_change"),
        "all that has news was read");
    assertEquals(
        0,
        count(
            """
            SELECT count(*) FROM memory_source s JOIN memory_version d
              USING (tenant_id, memory_id, version)
            WHERE d.kind = 'digest' AND d.superseded_at IS NULL AND s.source_label IS NULL
            """),
        "no digest quotes what was erased");
    assertTrue(count("SELECT count(*) FROM entity") > 0);
  }

  private int count(String sql) throws SQLException {
    try (Connection connection = database.superuser().getConnection();
        PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet rows = statement.executeQuery()) {
      assertTrue(rows.next());
      return rows.getInt(1);
    }
  }
}
