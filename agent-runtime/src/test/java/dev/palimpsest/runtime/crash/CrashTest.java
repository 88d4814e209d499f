package dev.palimpsest.runtime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.EmbeddedPostgres;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.SessionId;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * For every write of a turn, a JVM is killed by SIGKILL right before and right after its commit,
 * each in a session of its own. One more JVM takes up what is open and is asked for every turn
 * again. The database is counted from here, over JDBC: a turn that was accepted is there before
 * anybody repeats it, no client turn id has two beginnings or two answers, and every answer is word
 * for word that of a run which nobody killed. The same for memory: a turn that has ended is
 * remembered, question and answer once each, and one that has not is not.
 */
@ExtendWith(NeedsPostgres.class)
class CrashTest {
  private static final int SIGKILLED = 128 + 9;
  private static final int POINTS_AT_LEAST = 12;

  private final EmbeddedPostgres.Database database = EmbeddedPostgres.shared().migratedDatabase();
  private int users;
  private final PostgresMemory memory =
      new PostgresMemory(
          database.app(), InstantSource.system(), new CountingIds(), new SecureRandom());

  @Test
  void noAcceptedTurnIsLostAndNoEffectIsDoubledWhereverTheProcessIsKilled() throws Exception {
    List<String> points = points();
    assertTrue(points.size() >= POINTS_AT_LEAST, points::toString);
    Map<String, String> sessions = new LinkedHashMap<>();
    for (String point : points) {
      sessions.put(point, killedAt(point, points));
    }
    try (CrashingProcess survivor = new CrashingProcess(database)) {
      survivor.say("recover");
      String recovered = survivor.expect("recovered");
      System.out.println("CrashTest pid=" + survivor.pid() + " " + recovered);
      for (String point : points) {
        int accepted = point.equals("before accept") ? 0 : 1;
        assertEquals(accepted, count(sessions.get(point), "user_said"), point);
        assertEquals(accepted, count(sessions.get(point), "answered"), point);
        assertRemembered(2 * accepted, sessions.get(point), point);
      }
      String expected = answer(survivor, session());
      for (String point : points) {
        String session = sessions.get(point);
        assertEquals(expected, answer(survivor, session), point);
        assertEquals(expected, answer(survivor, session), point);
        for (String type : List.of("user_said", "recalled", "planned", "answered")) {
          assertEquals(1, count(session, type), point + " " + type);
        }
        assertEquals(4, count(session, "%"), point);
        assertRemembered(2, session, point);
      }
    }
    memory.close();
  }

  /** The points that a turn comes by, in order, found by letting one run through. */
  private List<String> points() {
    List<String> points = new ArrayList<>();
    try (CrashingProcess process = new CrashingProcess(database)) {
      process.say("turn " + session() + " c");
      String line = process.expect("at ", "answer");
      while (line.startsWith("at ")) {
        points.add(line.substring(3));
        process.say("go");
        line = process.expect("at ", "answer");
      }
    }
    return points;
  }

  private String killedAt(String point, List<String> points) throws InterruptedException {
    String session = session();
    try (CrashingProcess process = new CrashingProcess(database)) {
      process.say("turn " + session + " c");
      for (String passed : points.subList(0, points.indexOf(point))) {
        assertEquals("at " + passed, process.expect("at "));
        process.say("go");
      }
      assertEquals("at " + point, process.expect("at "));
      process.kill();
      System.out.println("CrashTest pid=" + process.pid() + " killed " + point + " commit");
      assertEquals(SIGKILLED, process.exitValue());
    }
    return session;
  }

  /** Status and words of the turn, without its id. */
  private static String answer(CrashingProcess process, String session) {
    process.say("repeat " + session + " c");
    List<String> words = List.of(process.expect("answer").split(" ", -1));
    assertEquals("DONE", words.get(2));
    return words.get(3);
  }

  /** A session of a user of its own, who remembers one thing that every turn recalls. */
  private String session() {
    Scope scope = Scope.ofUser("user-" + ++users);
    NewMemory known =
        new NewMemory(
            scope,
            MemoryKind.EPISODE,
            new Origin("api", null, null, 0),
            MemoryText.of("Lily found a red ball once."),
            null);
    assertEquals(1, memory.memories().add(TenantId.DEFAULT, List.of(known)).size());
    NewSession wanted = new NewSession(null, null, null, scope, null, null, null);
    return switch (memory.sessions().create(TenantId.DEFAULT, wanted)) {
      case Creation.Created(var made) -> made.id().value();
      case Creation other -> throw new AssertionError(other);
    };
  }

  /** That so much was remembered of a session, all of it once, beside what was known before. */
  private void assertRemembered(int episodes, String session, String point) {
    Scope scope =
        memory.sessions().find(TenantId.DEFAULT, new SessionId(session)).orElseThrow().scope();
    List<Memory> all =
        memory.memories().list(TenantId.DEFAULT, MemoryFilter.of(scope), 100, null).data();
    List<Memory> said = all.stream().filter(one -> session.equals(one.origin().session())).toList();
    assertEquals(episodes, said.size(), point);
    assertEquals(episodes + 1, all.size(), point);
    assertTrue(all.stream().allMatch(one -> one.version() == 1), point);
  }

  private int count(String session, String type) throws SQLException {
    String sql = "SELECT count(*) FROM session_event WHERE session_id = ? AND type LIKE ?";
    try (Connection connection = database.superuser().getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, session);
      statement.setString(2, type);
      try (ResultSet rows = statement.executeQuery()) {
        assertTrue(rows.next());
        return rows.getInt(1);
      }
    }
  }
}
