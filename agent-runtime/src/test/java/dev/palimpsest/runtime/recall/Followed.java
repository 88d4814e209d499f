package dev.palimpsest.runtime.recall;

import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** All followers of a store as a service has them, and what they tell written down. */
public final class Followed {
  private final Followers followers;

  private Followed(Followers followers) {
    this.followers = followers;
  }

  /** Over these parts; nobody follows yet. */
  public static Followed by(
      StoreLink store, Embedders embedders, IndexFollower follower, MemoryIndexes indexes) {
    TenantSpaces spaces = new TenantSpaces(store, embedders);
    Following following = new Following(follower, embedders);
    RecallObserver observer = new Listening(new CopyOnWriteArrayList<>());
    List<EmbeddingWorker> embedding =
        Stream.of(
                new EmbeddingWorker.Post("first", embedders.standard(), 2),
                new EmbeddingWorker.Post("second", embedders.file(), 1))
            .map(post -> new EmbeddingWorker(store, spaces, post, following, observer))
            .toList();
    return new Followed(
        new Followers(
            following,
            new IndexWorker(store, follower, indexes, following, observer),
            embedding,
            new SpaceKeeper(store, spaces, following, observer)));
  }

  /** Begins. */
  public void start() {
    followers.start();
  }

  /** How far they have come. */
  public Following following() {
    return followers.following();
  }
}
