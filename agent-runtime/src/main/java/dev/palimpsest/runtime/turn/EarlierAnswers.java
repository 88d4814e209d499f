package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.TextModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Tells a model once what a tenant was answered before this process began, and by which agent, so
 * that it need not learn anew what is often said. The log is where that is kept; nothing else is
 * written for it. For many threads; the lock guards the set.
 */
final class EarlierAnswers {
  /** Sessions that are looked at, the newest ones, and events of each, the last ones. */
  private static final int SESSIONS_MAX = 16;

  private static final int EVENTS_MAX = 64;

  /** As many tenants as a model remembers. */
  private static final int KNOWN_MAX = 64;

  private final StoreLink store;
  private final ReentrantLock lock = new ReentrantLock();
  private final SequencedSet<Known> known = new LinkedHashSet<>();

  private record Known(TenantId tenant, String model) {}

  EarlierAnswers(StoreLink store) {
    this.store = store;
  }

  /** Returns at once; a turn that begins now may not have it yet. */
  void tell(TenantId tenant, TextModel model) {
    if (isNew(new Known(tenant, model.card().id()))) {
      Thread reader = Thread.ofVirtual().name("earlier-answers").start(() -> read(tenant, model));
      assert reader.isVirtual();
    }
  }

  private boolean isNew(Known who) {
    lock.lock();
    try {
      boolean isNew = !known.remove(who);
      known.addLast(who);
      if (known.size() > KNOWN_MAX) {
        Known ignored = known.removeFirst();
      }
      return isNew;
    } finally {
      lock.unlock();
    }
  }

  private void read(TenantId tenant, TextModel model) {
    try {
      SessionLog log = store.sessions();
      List<Session> sessions = log.list(tenant, Scope.NONE, SESSIONS_MAX, null).data();
      Map<@Nullable AgentId, List<String>> answers = new LinkedHashMap<>();
      for (Session session : sessions.reversed()) {
        answers
            .computeIfAbsent(session.agentId(), agent -> new ArrayList<>())
            .addAll(answers(log, tenant, session));
      }
      answers.forEach((agent, said) -> model.learn(tenant, agent, said));
      boolean isErased =
          sessions.stream().anyMatch(session -> log.find(tenant, session.id()).isEmpty());
      if (isErased) {
        // It may have been forgotten before it was learnt.
        int pages = model.forget(tenant);
        assert pages >= 0;
      }
    } catch (MemoryStoreException e) {
      // Nothing but time depends on it; who comes next tries again.
      lock.lock();
      try {
        boolean ignored = known.remove(new Known(tenant, model.card().id()));
      } finally {
        lock.unlock();
      }
    }
  }

  private static List<String> answers(SessionLog log, TenantId tenant, Session session) {
    long after = Math.max(0, session.lastEvent() - EVENTS_MAX);
    List<String> answers = new ArrayList<>();
    for (LoggedEvent event : log.read(tenant, session.id(), after, EVENTS_MAX)) {
      if (event.event() instanceof TurnEvent.Answered answered) {
        answers.add(answered.output());
      }
    }
    return answers;
  }
}
