package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.ScriptedModel;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.tool.HttpTools;
import dev.palimpsest.runtime.tool.ToolServer;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A runner over the store of the tests and the model of the tests; can be restarted. */
public final class RunnerRig implements AutoCloseable {
  public static final TenantId TENANT = TenantId.DEFAULT;
  static final TurnLimits LIMITS = new TurnLimits(16, 64, 12, Duration.ofSeconds(30));

  /** With room for the letters of calls. */
  static final TurnLimits LONG = new TurnLimits(16, 1000, 400, Duration.ofSeconds(30));

  public final InMemoryMemory memory =
      new InMemoryMemory(InstantSource.system(), new CountingIds());
  public final StoreLink store = new StoreLink();
  final WordRecall recall = new WordRecall(memory.memories());
  final List<RuntimeException> unforeseen = new CopyOnWriteArrayList<>();
  public ScriptedModel model = new ScriptedModel(200, "fingerprint-a");
  TurnLimits limits = LIMITS;
  public Feeds feeds = new Feeds("epoch-1", new Feeds.Sizes(4, 100, 100));
  HttpTools http = HttpTools.none();
  public TurnRunner runner;
  private final CountingIds ids = new CountingIds();
  private int starts;

  public RunnerRig() {
    store.become(
        new StoreLink.State.Connected(
            memory.sessions(),
            memory.keys(),
            memory.agents(),
            memory.memories(),
            memory.vectors(),
            memory.spaces(),
            memory.imports(),
            memory.audit()));
    runner = start(ModelSlot.of(model));
  }

  /** Starts anew with a model that has room for calls, and with a server of tools; to be closed. */
  public ToolServer serveTools() throws IOException {
    ToolServer server = new ToolServer();
    http = server.tools();
    model = new ScriptedModel(2000, "fingerprint-a");
    limits = LONG;
    restart();
    return server;
  }

  /** A new process with the same store, model and data folder. */
  void restart() {
    restart(ModelSlot.of(model));
  }

  void restart(ModelSlot slot) {
    runner.close();
    feeds = new Feeds("epoch-" + ++starts, new Feeds.Sizes(4, 100, 100));
    runner = start(slot);
  }

  private TurnRunner start(ModelSlot slot) {
    return new TurnRunner(
        new TurnSources(store, recall, http), slot, limits, feeds, node(), List.of(new Watching()));
  }

  public Node node() {
    return node(InstantSource.system());
  }

  /** This process, with another clock. */
  Node node(InstantSource clock) {
    return new Node(new NodeId("node"), clock, ids, new Random(5));
  }

  Session session() {
    return session(NewSession.PLAIN);
  }

  Session session(NewSession asked) {
    return switch (memory.sessions().create(TENANT, asked)) {
      case Creation.Created(Session made) -> made;
      case Creation.Existing(Session made) -> made;
      case Creation.Conflict conflict -> throw new AssertionError(conflict);
    };
  }

  Session again(Session session) {
    return memory.sessions().find(TENANT, session.id()).orElseThrow();
  }

  /** A turn that looks nothing up. */
  static TurnRequest request(String input, @Nullable String clientTurnId) {
    return request(input, clientTurnId, RecallChoice.NONE, null);
  }

  /** A turn that looks up what is remembered. */
  static TurnRequest recalling(String input) {
    return request(input, null, RecallChoice.HYBRID, null);
  }

  static TurnRequest request(
      String input,
      @Nullable String clientTurnId,
      RecallChoice recall,
      @Nullable Boolean grounded) {
    SamplingOptions sampling = new SamplingOptions(null, null, null, null, 42L);
    return new TurnRequest(input, clientTurnId, null, sampling, recall, grounded);
  }

  Started start(Session session, TurnRequest request) {
    return runner.start(TENANT, again(session), request);
  }

  RunningTurn running(Session session, TurnRequest request) {
    return switch (start(session, request)) {
      case Started.Running(var turn, boolean isRepeated, boolean wasAtWork) -> turn;
      case Started other -> throw new AssertionError(other);
    };
  }

  TurnResult result(Session session, TurnRequest request) throws InterruptedException {
    return ended(running(session, request));
  }

  static TurnResult ended(RunningTurn turn) throws InterruptedException {
    return switch (turn.await()) {
      case TurnOutcome.Ended(TurnResult result) -> result;
      case TurnOutcome other -> throw new AssertionError(other);
    };
  }

  List<LoggedEvent> log(SessionId session) {
    return memory.sessions().read(TENANT, session, 0, 1000);
  }

  /** What is remembered in a scope, newest versions, in order of storing. */
  List<Memory> remembered(Scope scope) {
    return memory.memories().list(TENANT, MemoryFilter.of(scope), 100, null).data().stream()
        .sorted(
            Comparator.comparingLong(Memory::change)
                .thenComparing(memory -> memory.origin().position()))
        .toList();
  }

  List<String> types(SessionId session) {
    return log(session).stream().map(e -> e.event().getClass().getSimpleName()).toList();
  }

  /** All that a subscription holds until the turn is over. */
  static List<TurnNews> hear(Subscription reader) throws InterruptedException {
    List<TurnNews> news = new ArrayList<>();
    while (!reader.isLost()) {
      Subscription.Numbered next = reader.poll(Duration.ofSeconds(20));
      if (next == null) {
        throw new AssertionError("silence after " + news);
      }
      news.add(next.news());
      if (next.news() instanceof TurnNews.Ended || next.news() instanceof TurnNews.LeftOpen) {
        return news;
      }
    }
    return news;
  }

  static String words(List<TurnNews> news) {
    StringBuilder words = new StringBuilder();
    for (TurnNews one : news) {
      if (one instanceof TurnNews.Said said) {
        words.append(said.text());
      }
    }
    return words.toString();
  }

  @Override
  public void close() {
    runner.close();
    if (!unforeseen.isEmpty()) {
      throw new AssertionError("unforeseen", unforeseen.getFirst());
    }
  }

  private final class Watching implements TurnObserver {
    @Override
    public void begun(SessionKey session, TurnId turn, boolean isRepeated) {}

    @Override
    public void over(SessionKey session, TurnId turn, TurnOutcome outcome) {}

    @Override
    public void failed(SessionKey session, TurnId turn, RuntimeException cause) {
      unforeseen.add(cause);
    }
  }
}
