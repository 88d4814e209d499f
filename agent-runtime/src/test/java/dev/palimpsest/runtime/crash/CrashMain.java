package dev.palimpsest.runtime.crash;

import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.memory.SortableIds;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.runtime.bridge.LocalModel;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.Node;
import dev.palimpsest.runtime.turn.Started;
import dev.palimpsest.runtime.turn.TurnLimits;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnRequest;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.TurnRunner;
import dev.palimpsest.runtime.turn.TurnSources;
import dev.palimpsest.runtime.turn.WordRecall;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A service without a network, for being killed: turns over PostgreSQL and the real engine, driven
 * by lines on standard input. {@code turn SESSION CLIENT_TURN_ID} asks for a turn and stops at
 * every write, printing {@code at POINT} and going on at {@code go}; {@code recover} takes up all
 * open turns and waits for them; {@code repeat SESSION CLIENT_TURN_ID} asks without stopping and
 * prints the answer.
 */
public final class CrashMain {
  static final long SEED = 11;
  static final String INPUT = "Once upon a time";
  static final int OUTPUT_TOKENS = 24;

  private final BufferedReader commands =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private final SessionLog log;
  private final TurnRunner runner;
  private volatile boolean stopsAtWrites;

  private CrashMain(PostgresMemory memory, LocalModel model) {
    InstantSource clock = InstantSource.system();
    log = new CommitHooks(memory.sessions(), this::stop);
    StoreLink store = new StoreLink();
    store.become(
        new StoreLink.State.Connected(
            log,
            memory.keys(),
            memory.agents(),
            memory.memories(),
            memory.vectors(),
            memory.spaces(),
            memory.imports(),
            memory.audit()));
    Node node =
        new Node(
            new NodeId("crashing"),
            clock,
            new SortableIds(clock, new SecureRandom()),
            new Random(1));
    runner =
        new TurnRunner(
            new TurnSources(store, new WordRecall(memory.memories())),
            new ModelSlot.Loaded(model.texts()),
            new TurnLimits(16, 64, 32, Duration.ofSeconds(60)),
            new Feeds("epoch", new Feeds.Sizes(10, 1000, 1000)),
            node,
            List.of());
  }

  /** Arguments: JDBC address, password, model file. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(arguments[0]);
    source.setUser("palimpsest_app");
    source.setPassword(arguments[1]);
    InstantSource clock = InstantSource.system();
    SecureRandom random = new SecureRandom();
    EngineConfig sizes = new EngineConfig(512, 1 << 22, 4, 16, 64, 64, 6, 1L << 30);
    PostgresMemory memory =
        new PostgresMemory(source, clock, new SortableIds(clock, random), random);
    LocalModel model =
        LocalModel.open(
            Path.of(arguments[2]), new LocalModel.Options("scalar", 1, sizes, List.of()));
    new CrashMain(memory, model).serve();
  }

  private void serve() throws IOException, InterruptedException {
    System.out.println("ready");
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      List<String> words = List.of(line.split(" ", -1));
      switch (words.getFirst()) {
        case "turn" -> {
          stopsAtWrites = true;
          answer(words.get(1), words.get(2));
          stopsAtWrites = false;
        }
        case "repeat" -> answer(words.get(1), words.get(2));
        case "recover" -> recover();
        default -> throw new IllegalArgumentException(line);
      }
    }
  }

  private void answer(String session, String clientTurnId) throws InterruptedException {
    TenantId tenant = TenantId.DEFAULT;
    TurnRequest request =
        new TurnRequest(
            INPUT, clientTurnId, OUTPUT_TOKENS, new SamplingOptions(1.0, null, null, null, SEED));
    Started started =
        runner.start(tenant, log.find(tenant, new SessionId(session)).orElseThrow(), request);
    TurnResult result =
        switch (started) {
          case Started.Ended(TurnResult stored) -> stored;
          case Started.Running(var turn, boolean isRepeated, boolean wasAtWork) ->
              switch (turn.await()) {
                case TurnOutcome.Ended(TurnResult ended) -> ended;
                case TurnOutcome.Open open -> throw new IllegalStateException(open.toString());
              };
          case Started other -> throw new IllegalStateException(other.toString());
        };
    String output = HexFormat.of().formatHex(result.output().getBytes(StandardCharsets.UTF_8));
    System.out.println("answer " + result.turn() + " " + result.status() + " " + output);
  }

  private void recover() throws InterruptedException {
    int taken = 0;
    for (OpenTurn open : log.openTurns(100)) {
      taken += runner.resume(open) ? 1 : 0;
    }
    while (runner.running() > 0) {
      Thread.sleep(20);
    }
    System.out.println("recovered " + taken);
  }

  /** Says where it is and waits, on whichever thread gets there, until it may go on. */
  private void stop(String point) {
    if (stopsAtWrites) {
      System.out.println("at " + point);
      try {
        String line = commands.readLine();
        if (!"go".equals(line)) {
          throw new IllegalStateException("expected go, got " + line);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
