package dev.palimpsest.runtime.ops;

import dev.palimpsest.memory.ApiKeys;
import dev.palimpsest.memory.EmbeddingSpaces;
import dev.palimpsest.memory.MemoryAudit;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.StoreHealth;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.session.Agents;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.proof.Withdrawals;
import dev.palimpsest.runtime.turn.TurnRunner;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Connects to the database, looks at it from time to time, and gives open turns that nobody works
 * on to the runner; revocations that were left go on too. One virtual thread from {@link #start} to
 * {@link #close}.
 */
public final class StoreWatch implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(StoreWatch.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final int OPEN_TURNS_MAX = 500;

  private final Store store;
  private final StoreLink link;
  private final TurnRunner turns;
  private final Withdrawals withdrawals;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch looked = new CountDownLatch(1);
  private final AtomicInteger recovered = new AtomicInteger();
  private volatile StoreHealth health = new StoreHealth.Down(List.of("not looked at yet"));
  private boolean isMigrated;

  /** The store as the watch uses it: PostgreSQL in the service, a double in tests. */
  public interface Store {
    /** Brings the schema up to date. */
    void migrate();

    /** Looks whether it can serve. */
    StoreHealth check();

    /** Its sessions. */
    SessionLog sessions();

    /** Its keys. */
    ApiKeys keys();

    /** Its agents. */
    Agents agents();

    /** Its memories. */
    MemoryStore memories();

    /** Their vectors. */
    MemoryVectors vectors();

    /** The spaces of those. */
    EmbeddingSpaces spaces();

    /** Its imports. */
    ImportLog imports();

    /** Where its memories come from. */
    MemoryAudit audit();
  }

  /** Watches nothing yet. */
  public StoreWatch(Store store, StoreLink link, TurnRunner turns, Withdrawals withdrawals) {
    this.store = store;
    this.link = link;
    this.turns = turns;
    this.withdrawals = withdrawals;
  }

  /** Begins. */
  public void start() {
    start(Duration.ZERO);
  }

  /** Waits for the first look, but not longer than this. */
  public void awaitFirstLook(Duration patience) {
    try {
      if (!looked.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.infof("store state=unknown waited_ms=%d", patience.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How it was at the last look. */
  public StoreHealth health() {
    return health;
  }

  /** Turns that were taken up since the start. */
  public int recovered() {
    return recovered.get();
  }

  @Override
  public void close() {
    stopping.countDown();
  }

  private void start(Duration pause) {
    Thread.ofVirtual()
        .name("store-watch")
        .uncaughtExceptionHandler((thread, e) -> goOn(e))
        .start(() -> watch(pause));
  }

  private void watch(Duration first) {
    Duration pause = first;
    Duration whileDown = FIRST_PAUSE;
    try {
      while (!stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        boolean isUp = look();
        looked.countDown();
        pause = isUp ? LONGEST_PAUSE : whileDown;
        whileDown = isUp ? FIRST_PAUSE : longer(whileDown);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A bug in a look must not end the looking. */
  private void goOn(Throwable e) {
    LOG.error("store watch=broke", e);
    health = new StoreHealth.Down(List.of("looking at it failed: " + e));
    looked.countDown();
    start(LONGEST_PAUSE);
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  /** Looks once; true when the store serves and every open turn is in good hands. */
  boolean look() {
    try {
      if (!isMigrated) {
        store.migrate();
        isMigrated = true;
      }
      tell(store.check());
      if (health instanceof StoreHealth.Down) {
        return false;
      }
      if (link.state() instanceof StoreLink.State.Away) {
        link.become(
            new StoreLink.State.Connected(
                store.sessions(),
                store.keys(),
                store.agents(),
                store.memories(),
                store.vectors(),
                store.spaces(),
                store.imports(),
                store.audit()));
      }
      recover();
      withdrawals.goOn();
      return true;
    } catch (MemoryStoreException e) {
      tell(new StoreHealth.Down(List.of(String.valueOf(e.getMessage()))));
      return false;
    }
  }

  private void recover() {
    Set<TurnId> all = new HashSet<>();
    List<OpenTurn> page = store.sessions().openTurns(OPEN_TURNS_MAX);
    while (!page.isEmpty()) {
      for (OpenTurn open : page) {
        all.add(open.turn());
        if (turns.resume(open)) {
          recovered.incrementAndGet();
        }
      }
      page =
          page.size() < OPEN_TURNS_MAX
              ? List.of()
              : store.sessions().openTurns(page.getLast(), OPEN_TURNS_MAX);
    }
    turns.review(all);
  }

  /** One line per change, not per look. */
  private void tell(StoreHealth now) {
    if (!now.equals(health)) {
      switch (now) {
        case StoreHealth.Up(String schema, String server) ->
            LOG.infof("store state=up schema=%s server=%s", schema, server);
        case StoreHealth.Down(List<String> reasons) ->
            LOG.warnf("store state=down reasons=%s", reasons);
      }
    }
    health = now;
    if (now instanceof StoreHealth.Down(List<String> reasons)
        && link.state() instanceof StoreLink.State.Away) {
      link.become(new StoreLink.State.Away(String.join("; ", reasons)));
    }
  }
}
