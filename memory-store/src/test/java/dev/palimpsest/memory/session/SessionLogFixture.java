package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.session.TurnEvent.Answered;
import dev.palimpsest.memory.session.TurnEvent.Planned;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the parts of the contract share: a log, a tenant of its own, a standing clock, and short
 * ways to write a test's first lines. A class to inherit from, since each implementation says once
 * how it is opened.
 */
abstract class SessionLogFixture {
  static final NodeId NODE = new NodeId("node-1");
  static final NodeId OTHER_NODE = new NodeId("node-2");
  static final Duration MINUTE = Duration.ofMinutes(1);
  static final int THREADS = 8;
  static final SamplingOptions SAMPLING =
      new SamplingOptions(0.1, 40, 0.95, Double.MIN_VALUE, Long.MIN_VALUE);
  static final Planned PLANNED = new Planned("sha256:model", null, 12, List.of(1L), 0);
  static final Answered ANSWERED =
      new Answered("Hello.", Finish.STOP, new Usage(12, 4, 8, 3, 20, 90, 40));

  final TestClock clock = new TestClock();
  SessionLog log;
  TenantId tenant;

  /** For subclasses. */
  @SuppressWarnings("NullAway.Init")
  SessionLogFixture() {}

  /** The log under test, over an empty store or one that holds other tenants' rows alone. */
  protected abstract SessionLog open(TestClock clock, IdSource ids);

  /** The memories of the store that was opened last. */
  protected abstract MemoryStore memories();

  /** A tenant that no other test uses. */
  protected abstract TenantId freshTenant();

  @BeforeEach
  void open() {
    log = open(clock, new CountingIds());
    tenant = freshTenant();
  }

  void turnDone(SessionId id, TurnId turn) {
    LoggedEvent said = accepted(id, turn, said("Hello", null));
    log.lease(tenant, id, NODE, MINUTE);
    written(log.append(tenant, id, turn, said.number() + 1, PLANNED, NODE));
    written(log.append(tenant, id, turn, said.number() + 2, ANSWERED, NODE));
  }

  void end(SessionId id, TurnId turn, long number, FailureType type) {
    log.lease(tenant, id, NODE, MINUTE);
    written(log.append(tenant, id, turn, number, new TurnFailed(type, "It ended."), NODE));
  }

  SessionId created(NewSession request) {
    return assertInstanceOf(Creation.Created.class, log.create(tenant, request)).session().id();
  }

  Acceptance accept(SessionId id, TurnId turn, UserSaid said) {
    return log.accept(tenant, id, turn, said);
  }

  LoggedEvent accepted(SessionId id, TurnId turn, UserSaid said) {
    return assertInstanceOf(Acceptance.Accepted.class, accept(id, turn, said)).event();
  }

  static LoggedEvent written(Appended appended) {
    return assertInstanceOf(Appended.Written.class, appended).event();
  }

  List<SessionId> listed(Scope filter) {
    return log.list(tenant, filter, 10, null).data().stream().map(Session::id).toList();
  }

  List<OpenTurn> openTurnsOfTenant() {
    return log.openTurns(Page.LIMIT_MAX).stream()
        .filter(open -> open.tenant().equals(tenant))
        .toList();
  }

  List<String> kinds() {
    return log.changes(tenant, 0, 100).stream().map(Change::kind).toList();
  }

  static TurnId turn(int number) {
    return new TurnId("trn_" + number);
  }

  static UserSaid said(String text, @Nullable String clientTurnId) {
    return new UserSaid(text, clientTurnId, Long.MAX_VALUE, SAMPLING, 256);
  }

  static NewSession keyed(String title, Scope scope) {
    return new NewSession(title, null, null, scope, null, null, "key-1");
  }

  static NewSession scoped(Scope scope) {
    return new NewSession(null, null, null, scope, null, null, null);
  }

  static SessionPatch titled(Edit<String> title) {
    return new SessionPatch(title, new Edit.Keep<>(), new Edit.Keep<>());
  }

  static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100);
  }

  static <T> List<T> fromManyThreads(Function<Integer, T> work) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<T>> calls = new ArrayList<>();
      IntStream.range(0, THREADS).forEach(i -> calls.add(() -> work.apply(i)));
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }
}
