package dev.palimpsest.runtime.bench;

import dev.palimpsest.runtime.bridge.InProcessEmbedder;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/**
 * {@code bench memory --turns N} and {@code bench memory --rows N}: what turns leave behind, and a
 * search among many memories, each on a database of its own that the launcher made.
 */
public final class MemoryBenchmark {
  private MemoryBenchmark() {}

  /** Runs what the arguments ask for; status 2 for wrong ones. */
  public static void main(String[] arguments)
      throws IOException, SQLException, InterruptedException {
    Options options = Options.read(arguments);
    if (options == null) {
      System.err.println(Options.USAGE);
      System.exit(2);
      return;
    }
    Path folder = Path.of(BenchDatabase.environment("PALIMPSEST_DATA"));
    try (BenchDatabase database = BenchDatabase.open();
        InProcessEmbedder embedder = InProcessEmbedder.open(folder.resolve("native"))) {
      Texts texts = Texts.read(options.texts(), Path.of(BenchDatabase.environment("BENCH_ROOT")));
      if (options.isTurns()) {
        new Growth(database, embedder, texts, folder).run(options.count());
      } else {
        new ManyMemories(database, embedder, texts).run(options.count(), options.queries());
      }
    }
  }
}
