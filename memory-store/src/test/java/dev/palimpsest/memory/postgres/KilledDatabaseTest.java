package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.StoreHealth;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.session.Acceptance;
import dev.palimpsest.memory.session.Appended;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The server and all its processes are killed by SIGKILL before each statement of a write, before
 * its commit, and after it. Started again, the event is there with all that belongs to it, or
 * nothing is; and the same call again ends in the same state, with the event there once.
 */
@ExtendWith(NeedsPostgres.class)
final class KilledDatabaseTest {
  private static final TenantId TENANT = TenantId.DEFAULT;
  private static final TurnId TURN = new TurnId("trn_1");
  private static final NodeId NODE = new NodeId("node-1");
  private static final int MOMENTS_MAX = 20;

  private final TestClock clock = new TestClock();
  private final CountingIds ids = new CountingIds();
  private EmbeddedPostgres cluster;
  private EmbeddedPostgres.Database database;
  private PostgresMemory memory;

  @SuppressWarnings("NullAway.Init")
  KilledDatabaseTest() {}

  @BeforeEach
  void start() {
    cluster = EmbeddedPostgres.create();
    database = cluster.migratedDatabase();
    memory = new PostgresMemory(database.appUnpooled(), clock, ids, new SecureRandom());
  }

  @AfterEach
  void stop() {
    memory.close();
    cluster.close();
  }

  @Test
  void acceptedTurnIsThereCompletelyOrNotAtAll() throws SQLException {
    TurnEvent.UserSaid said = new TurnEvent.UserSaid("Hello", "c1", 7, SamplingOptions.NONE, 16);
    List<String> outcomes = new ArrayList<>();
    for (int moment = 1; moment <= MOMENTS_MAX; moment++) {
      SessionId id = created();
      boolean killed = kill(moment, log -> log.accept(TENANT, id, TURN, said));
      long events = consistentEvents(id);
      Acceptance again = memory.sessions().accept(TENANT, id, TURN, said);
      assertEquals(events == 0, again instanceof Acceptance.Accepted, again.toString());
      assertEquals(events == 1, again.equals(new Acceptance.Repeated(TURN)), again.toString());
      assertEquals(1, consistentEvents(id));
      if (!killed) {
        break;
      }
      outcomes.add(events == 0 ? "nothing" : "all");
    }
    everythingUpToTheCommitIsNothing(outcomes);
    assertEquals(outcomes.size() + 1, memory.sessions().openTurns(100).size());
  }

  @Test
  void appendedEventIsThereCompletelyOrNotAtAll() throws SQLException {
    TurnEvent end = new TurnEvent.TurnFailed(FailureType.CANCELLED, "Enough.");
    List<String> outcomes = new ArrayList<>();
    for (int moment = 1; moment <= MOMENTS_MAX; moment++) {
      SessionId id = created();
      memory
          .sessions()
          .accept(TENANT, id, TURN, new TurnEvent.UserSaid("Hi", null, 7, SamplingOptions.NONE, 1));
      memory.sessions().lease(TENANT, id, NODE, Duration.ofMinutes(1));
      boolean killed = kill(moment, log -> log.append(TENANT, id, TURN, 2, end, NODE));
      long events = consistentEvents(id);
      OpenTurn open = new OpenTurn(TENANT, id, TURN);
      assertEquals(events == 1, memory.sessions().openTurns(100).contains(open));
      Appended again = memory.sessions().append(TENANT, id, TURN, 2, end, NODE);
      assertEquals(events == 1, again instanceof Appended.Written, again.toString());
      assertEquals(events == 2, again.equals(new Appended.Stale(2)), again.toString());
      assertEquals(2, consistentEvents(id));
      if (!killed) {
        break;
      }
      outcomes.add(events == 1 ? "nothing" : "all");
    }
    everythingUpToTheCommitIsNothing(outcomes);
  }

  @Test
  void databaseThatIsAwayIsSaidToBeUnavailableUntilItIsBack() {
    SessionId id = created();
    assertInstanceOf(StoreHealth.Up.class, memory.check());
    cluster.stop();
    MemoryStoreException away =
        assertThrows(MemoryStoreException.class, () -> memory.sessions().find(TENANT, id));
    assertTrue(away.isUnavailable(), away.toString());
    assertInstanceOf(StoreHealth.Down.class, memory.check());
    assertTrue(
        assertThrows(MemoryStoreException.class, () -> PostgresMemory.migrate(database.owner()))
            .isUnavailable());
    try (PostgresMemory early =
        new PostgresMemory(database.appUnpooled(), clock, ids, new SecureRandom())) {
      assertInstanceOf(StoreHealth.Down.class, early.check());
      cluster.start();
      assertInstanceOf(StoreHealth.Up.class, early.check());
    }
    assertTrue(memory.sessions().find(TENANT, id).isPresent());
  }

  /** Runs {@code write} and kills the server at {@code moment}; false if it was over before. */
  private boolean kill(int moment, Consumer<SessionLog> write) {
    boolean[] killed = {false};
    SabotagedDataSource sabotaged =
        new SabotagedDataSource(
            database.appUnpooled(),
            now -> {
              if (now == moment) {
                cluster.killHard();
                killed[0] = true;
              }
            });
    try (PostgresMemory victim = new PostgresMemory(sabotaged, clock, ids, new SecureRandom())) {
      write.accept(victim.sessions());
    } catch (MemoryStoreException e) {
      assertTrue(killed[0] && e.isUnavailable(), e.toString());
    }
    if (killed[0]) {
      cluster.start();
    }
    return killed[0];
  }

  private static void everythingUpToTheCommitIsNothing(List<String> outcomes) {
    System.out.println("outcome by moment: " + outcomes);
    assertTrue(outcomes.size() >= 5 && outcomes.size() < MOMENTS_MAX, outcomes.toString());
    assertEquals("all", outcomes.getLast());
    assertEquals(outcomes.size() - 1, outcomes.stream().filter("nothing"::equals).count());
  }

  private SessionId created() {
    return assertInstanceOf(
            Creation.Created.class, memory.sessions().create(TENANT, NewSession.PLAIN))
        .session()
        .id();
  }

  /** How many events there are, once every place that should know agrees. */
  private long consistentEvents(SessionId id) throws SQLException {
    String where = " WHERE tenant_id = 'default' AND session_id = '" + id + "'";
    long events = number("SELECT count(*) FROM session_event" + where);
    assertEquals(events, number("SELECT last_event FROM session" + where));
    assertEquals(events, number("SELECT coalesce(max(number), 0) FROM session_event" + where));
    assertEquals(events % 2, number("SELECT count(open_turn) FROM session" + where));
    assertEquals(
        events,
        number(
            "SELECT count(*) FROM session_event e JOIN change c"
                + " ON c.tenant_id = e.tenant_id AND c.number = e.change_number"
                + " AND c.subject = e.session_id"
                + where.replace("tenant_id", "e.tenant_id")));
    assertEquals(
        events,
        number(
            "SELECT count(*) FROM change WHERE kind = 'event_appended' AND subject = '"
                + id
                + "'"));
    assertEquals(
        number("SELECT max(number) FROM change"), number("SELECT change_number FROM tenant_head"));
    return events;
  }

  private long number(String sql) throws SQLException {
    try (Connection connection = database.superuser().getConnection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }
}
