package dev.palimpsest.engine.snapshot;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** A folder of snapshots with random pages of one kind, and a clock that is set by hand. */
final class SnapshotFolder {
  static final KvLayout LAYOUT = new KvLayout(2, new Heads(2, 1, 2));
  static final SnapshotKind KIND = SnapshotKind.of(LAYOUT, 0, "model", "numerics");
  static final int PAGE = 32;

  private final Path folder;
  private final RandomGenerator random = Seeds.random(7);
  private Instant now = Instant.parse("2026-11-27T10:00:00Z");

  SnapshotFolder(Path folder) {
    this.folder = folder;
  }

  /** Pages that hold random bytes. */
  record Pages(List<MemorySegment> layers) implements PageMemory {
    static Pages of(int pages, RandomGenerator random) {
      List<MemorySegment> all = new ArrayList<>();
      for (int i = 0; i < pages * LAYOUT.layers(); i++) {
        byte[] bytes = new byte[(int) LAYOUT.layerBytes()];
        random.nextBytes(bytes);
        all.add(MemorySegment.ofArray(bytes));
      }
      return new Pages(all);
    }

    @Override
    public MemorySegment layer(int page, int layer) {
      return layers.get(page * LAYOUT.layers() + layer);
    }

    Pages copy() {
      return new Pages(
          layers.stream()
              .map(layer -> MemorySegment.ofArray(layer.toArray(ValueLayout.JAVA_BYTE)))
              .toList());
    }

    /** Whether pages {@code [from, to)} are bit for bit the same. */
    boolean isSame(Pages others, int from, int to) {
      for (int i = from * LAYOUT.layers(); i < to * LAYOUT.layers(); i++) {
        if (layers.get(i).mismatch(others.layers.get(i)) >= 0) {
          return false;
        }
      }
      return true;
    }
  }

  InstantSource clock() {
    return () -> now;
  }

  void later(long seconds) {
    now = now.plusSeconds(seconds);
  }

  SnapshotStore open(long quotaBytes) {
    return new SnapshotStore(folder, quotaBytes, clock());
  }

  SnapshotStore open() {
    return open(1 << 20);
  }

  Pages pages(int count) {
    return Pages.of(count, random);
  }

  /** Tokens of so many pages, all of the same id. */
  static TokenIds tokens(int id, int pages) {
    int[] ids = new int[pages * PAGE];
    java.util.Arrays.fill(ids, id);
    return TokenIds.of(ids);
  }

  /** Tokens that begin like these and have one more. */
  static TokenIds prompt(TokenIds tokens) {
    return tokens.concat(TokenIds.of(1));
  }

  static SnapshotNews save(SnapshotStore store, String name, TokenIds tokens, PageMemory pages) {
    return save(store, name, tokens, pages, 1_000);
  }

  static SnapshotNews save(
      SnapshotStore store, String name, TokenIds tokens, PageMemory pages, long cost) {
    return store.save(store.announce("salt", name), KIND, tokens, pages, cost, () -> false);
  }

  /** Loads what a prompt finds under the salt. */
  static SnapshotNews load(SnapshotStore store, TokenIds prompt, PageMemory target) {
    SnapshotStore.Found found = store.find("salt", prompt, 0).orElseThrow();
    return store.load(found, KIND, 0, target, () -> false, Runnable::run);
  }

  /** All files, whatever they are. */
  List<Path> files() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one file. */
  Path file() {
    List<Path> files = files();
    if (files.size() != 1) {
      throw new AssertionError(files + " is not one file");
    }
    return files.getFirst();
  }

  /** Bytes of all files, whatever they are. */
  long bytes() {
    return files().stream().mapToLong(path -> path.toFile().length()).sum();
  }
}
