package dev.palimpsest.runtime.recall;

import dev.palimpsest.retrieval.index.IndexFollower;
import java.time.Duration;

/** The bell of the index follower, which searches ring too. */
record FollowerBell(IndexFollower follower) implements Bell {
  @Override
  public void ring() {
    follower.hint();
  }

  @Override
  public void await(Duration longest) throws InterruptedException {
    follower.awaitHint(longest);
  }
}
