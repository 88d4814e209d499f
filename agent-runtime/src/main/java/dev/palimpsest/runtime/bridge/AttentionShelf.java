package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.backend.AttentionMass;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the newest answers of sessions looked at, in memory alone: so many tokens of all of them at
 * most, of which the longest unused are given up first. For many threads; the lock guards the map.
 */
final class AttentionShelf {
  /** Tokens of which is remembered how much was looked at them, eight bytes each. */
  static final int TOKENS_MAX = 1 << 20;

  private static final float LOAD_FACTOR = 0.75f;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Owner, Looked> kept = new LinkedHashMap<>(16, LOAD_FACTOR, true);

  private record Owner(TenantId tenant, SessionId session) {}

  /** What an answer was made of, and the part of its attention that each token got. */
  static final class Looked {
    private final TokenIds prompt;
    private final float[] shares;

    private Looked(TokenIds prompt, float[] shares) {
      this.prompt = prompt;
      this.shares = shares;
    }

    private int tokens() {
      return prompt.size() + shares.length;
    }

    /** With how many tokens of the prompt others begin. */
    int common(TokenIds others) {
      int most = Math.min(prompt.size(), others.size());
      int same = 0;
      while (same < most && prompt.at(same) == others.at(same)) {
        same++;
      }
      return same;
    }

    /** The part that tokens {@code [from, to)} got, those of the answer among them. */
    double share(int from, int to) {
      double sum = 0;
      for (int i = from; i < Math.min(to, shares.length); i++) {
        sum += shares[i];
      }
      return sum;
    }
  }

  /** Remembers an answer, in the place of an earlier one. */
  void put(TenantId tenant, SessionId session, TokenIds prompt, AttentionMass mass) {
    float[] shares = mass.shares();
    if (shares.length == 0) {
      return;
    }
    lock.lock();
    try {
      Looked ignored = kept.put(new Owner(tenant, session), new Looked(prompt, shares));
      int tokens = kept.values().stream().mapToInt(Looked::tokens).sum();
      Iterator<Looked> oldest = kept.values().iterator();
      while (tokens > TOKENS_MAX) {
        tokens -= oldest.next().tokens();
        oldest.remove();
      }
    } finally {
      lock.unlock();
    }
  }

  Optional<Looked> find(TenantId tenant, SessionId session) {
    lock.lock();
    try {
      return Optional.ofNullable(kept.get(new Owner(tenant, session)));
    } finally {
      lock.unlock();
    }
  }

  /** Forgets all sessions of a tenant. */
  void forget(TenantId tenant) {
    lock.lock();
    try {
      kept.keySet().removeIf(owner -> owner.tenant().equals(tenant));
    } finally {
      lock.unlock();
    }
  }
}
