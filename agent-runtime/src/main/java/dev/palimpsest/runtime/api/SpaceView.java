package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.EmbeddingSpaces.Progress;
import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.runtime.guard.Names;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An embedding space as JSON.
 *
 * @param model what fills it, by the name under which requests ask for it
 * @param fingerprint SHA-256 of that
 * @param state {@code filling}, {@code ready}, {@code active} or {@code dropped}
 * @param progress how many memories have their vectors
 * @param trouble why it does not get on; null when it does
 * @param createdAt null for the one that was always there
 * @param readyAt when it was full for the first time
 * @param activatedAt when it was switched to last
 */
record SpaceView(
    String id,
    String model,
    String fingerprint,
    int dimensions,
    String state,
    ProgressView progress,
    @Nullable String trouble,
    @Nullable Instant createdAt,
    @Nullable Instant readyAt,
    @Nullable Instant activatedAt) {
  /** How far it is filled, in memories. */
  record ProgressView(long done, long total) {}

  static SpaceView of(KeptSpace space, Progress progress, @Nullable String trouble) {
    return new SpaceView(
        space.id(),
        space.made().model(),
        space.made().fingerprint(),
        space.made().space().dimensions(),
        Names.of(space.state()),
        new ProgressView(progress.done(), progress.total()),
        trouble,
        space.createdAt(),
        space.readyAt(),
        space.activatedAt());
  }
}
