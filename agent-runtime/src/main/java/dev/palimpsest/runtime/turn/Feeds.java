package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The feeds of all sessions that are watched or at work. Numbers belong to an epoch, which is one
 * start of the service. Feeds that nobody needs are forgotten when there are too many, the longest
 * unused first; a feed made again counts on from the highest number ever forgotten, so that numbers
 * of a session rise within an epoch whatever happens. The lock guards the map and is never held
 * across I/O.
 */
public final class Feeds {
  private final String epoch;
  private final Sizes sizes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<SessionKey, SessionFeed> feeds = new LinkedHashMap<>(16, 0.75f, true);
  private long forgotten;

  /**
   * How much is kept.
   *
   * @param feeds sessions that are remembered while nobody watches
   * @param kept news of a session kept for those who come back
   * @param readerCapacity news that may wait for one reader
   */
  public record Sizes(int feeds, int kept, int readerCapacity) {
    /** Checks that there is room for something. */
    public Sizes {
      if (feeds < 1 || kept < 1 || readerCapacity < 1) {
        throw new IllegalArgumentException("all sizes are at least 1");
      }
    }
  }

  /** Begins an epoch. */
  public Feeds(String epoch, Sizes sizes) {
    this.epoch = epoch;
    this.sizes = sizes;
  }

  /** The name of this start of the service. */
  public String epoch() {
    return epoch;
  }

  /** Watches a session from now on; a running turn is told from its beginning. */
  public Subscription subscribe(SessionKey session) {
    return withFeed(session, SessionFeed::subscribe);
  }

  /** Watches a session from after a number of this epoch on. */
  public Subscription resume(SessionKey session, long seq) {
    return withFeed(session, feed -> feed.resume(seq));
  }

  /** Tells one reader a running turn from its beginning; false when it is not at work. */
  public boolean attach(SessionKey session, Subscription reader, TurnId turn) {
    return withFeed(session, feed -> feed.attach(reader, turn));
  }

  /** Whether those who watch were told that the turn is at work, and not that it is no longer. */
  boolean isAtWork(SessionKey session, TurnId turn) {
    return withFeed(session, feed -> feed.isAtWork(turn));
  }

  /** Tells one reader what is news to it alone. */
  public void tell(SessionKey session, Subscription reader, List<TurnNews> news) {
    withFeed(
        session,
        feed -> {
          feed.tell(reader, news);
          return true;
        });
  }

  /** The newest number of a session. */
  public long last(SessionKey session) {
    return withFeed(session, SessionFeed::last);
  }

  /** Readers of all sessions. */
  public int readers() {
    lock.lock();
    try {
      return feeds.values().stream().mapToInt(SessionFeed::readers).sum();
    } finally {
      lock.unlock();
    }
  }

  void publish(SessionKey session, TurnNews news) {
    withFeed(
        session,
        feed -> {
          feed.publish(news);
          return true;
        });
  }

  void checkInvariants() {
    lock.lock();
    try {
      feeds.values().forEach(SessionFeed::checkInvariants);
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock, so that no feed is forgotten between finding and using it. */
  private <T> T withFeed(SessionKey session, java.util.function.Function<SessionFeed, T> use) {
    lock.lock();
    try {
      SessionFeed feed = feeds.get(session);
      if (feed == null) {
        forgetOne();
        feed = new SessionFeed(sizes.kept(), sizes.readerCapacity(), forgotten);
        feeds.put(session, feed);
      }
      return use.apply(feed);
    } finally {
      lock.unlock();
    }
  }

  private void forgetOne() {
    Iterator<SessionFeed> oldest = feeds.values().iterator();
    while (feeds.size() >= sizes.feeds() && oldest.hasNext()) {
      SessionFeed feed = oldest.next();
      if (feed.isIdle()) {
        forgotten = Math.max(forgotten, feed.last());
        oldest.remove();
      }
    }
  }
}
