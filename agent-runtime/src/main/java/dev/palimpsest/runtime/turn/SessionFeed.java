package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Numbers what happens in one session, keeps the newest of it, and hands it to all who watch. It
 * also remembers what the running turn has said so far, so that whoever comes late hears it from
 * the beginning. The lock guards all fields; nothing is done under it that waits.
 */
final class SessionFeed {
  private final int kept;
  private final int readerCapacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Subscription.Numbered> recent = new ArrayDeque<>();
  private final Set<Subscription> readers = new LinkedHashSet<>();
  private final StringBuilder said = new StringBuilder();
  private final List<TurnNews> tools = new ArrayList<>();
  private TurnNews.@Nullable Accepted running;
  private TurnNews.@Nullable Recalled recalled;
  private long last;

  /**
   * An empty feed.
   *
   * @param kept news kept for those who come back
   * @param readerCapacity news that may wait for one reader
   * @param last the number to count on from
   */
  SessionFeed(int kept, int readerCapacity, long last) {
    this.kept = kept;
    this.readerCapacity = readerCapacity;
    this.last = last;
  }

  long last() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  int readers() {
    lock.lock();
    try {
      return readers.size();
    } finally {
      lock.unlock();
    }
  }

  boolean isIdle() {
    lock.lock();
    try {
      return readers.isEmpty() && running == null;
    } finally {
      lock.unlock();
    }
  }

  boolean isAtWork(TurnId turn) {
    lock.lock();
    try {
      return running != null && running.turn().equals(turn);
    } finally {
      lock.unlock();
    }
  }

  void publish(TurnNews news) {
    lock.lock();
    try {
      switch (news) {
        case TurnNews.Accepted accepted -> begin(accepted);
        case TurnNews.Recalled hits -> recalled = hits;
        case TurnNews.ToolCalled called -> tools.add(called);
        case TurnNews.ToolAnswered answered -> tools.add(answered);
        case TurnNews.Said words -> said.append(words.text());
        case TurnNews.Ended ended -> running = null;
        case TurnNews.LeftOpen open -> running = null;
        case TurnNews.ContextChanged changed -> {
          // Whoever comes late asks for the window itself.
        }
      }
      var numbered = new Subscription.Numbered(++last, news);
      recent.add(numbered);
      if (recent.size() > kept) {
        recent.remove();
      }
      readers.removeIf(reader -> !reader.offer(numbered));
    } finally {
      lock.unlock();
    }
  }

  /** Watches from now on; a running turn is told from its beginning. */
  Subscription subscribe() {
    lock.lock();
    try {
      return add(true, untilNow());
    } finally {
      lock.unlock();
    }
  }

  /** Watches from after {@code seq} on, if that is still known; else as from now on. */
  Subscription resume(long seq) {
    lock.lock();
    try {
      long oldest = recent.isEmpty() ? last : recent.element().seq() - 1;
      if (seq < oldest || seq > last) {
        return add(false, untilNow());
      }
      return add(true, recent.stream().filter(news -> news.seq() > seq).toList());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells one reader a turn from its beginning, in order with all else that it is told.
   *
   * @return false when the turn is not at work
   */
  boolean attach(Subscription reader, TurnId turn) {
    lock.lock();
    try {
      if (running == null || !running.turn().equals(turn)) {
        return false;
      }
      untilNow().forEach(reader::offer);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Tells one reader what is news to it alone. */
  void tell(Subscription reader, List<TurnNews> news) {
    lock.lock();
    try {
      news.forEach(one -> reader.offer(new Subscription.Numbered(last, one)));
    } finally {
      lock.unlock();
    }
  }

  void leave(Subscription reader) {
    lock.lock();
    try {
      readers.remove(reader);
    } finally {
      lock.unlock();
    }
  }

  /** What the feed promises: numbers without a gap, and no more kept than allowed. */
  void checkInvariants() {
    lock.lock();
    try {
      long expected = last - recent.size();
      for (var news : recent) {
        expected++;
        assert news.seq() == expected : "number " + news.seq() + " stands for " + expected;
      }
      assert recent.size() <= kept : recent.size() + " kept of " + kept;
    } finally {
      lock.unlock();
    }
  }

  private void begin(TurnNews.Accepted accepted) {
    running = accepted;
    recalled = null;
    said.setLength(0);
    tools.clear();
  }

  private Subscription add(boolean isComplete, List<Subscription.Numbered> first) {
    long start = first.isEmpty() ? last : first.getFirst().seq() - 1;
    TurnId turn = running == null ? null : running.turn();
    Subscription reader =
        new Subscription(this, readerCapacity + first.size(), start, isComplete, turn);
    first.forEach(reader::offer);
    readers.add(reader);
    return reader;
  }

  private List<Subscription.Numbered> untilNow() {
    List<Subscription.Numbered> news = new ArrayList<>();
    if (running != null) {
      TurnId turn = running.turn();
      var again = new TurnNews.Accepted(turn, running.clientTurnId(), running.event(), true);
      news.add(new Subscription.Numbered(last, again));
      if (recalled != null) {
        news.add(new Subscription.Numbered(last, recalled));
      }
      tools.forEach(one -> news.add(new Subscription.Numbered(last, one)));
      if (!said.isEmpty()) {
        news.add(new Subscription.Numbered(last, new TurnNews.Said(turn, said.toString())));
      }
    }
    return news;
  }
}
