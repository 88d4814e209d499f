package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.embed.Relevance;
import dev.palimpsest.engine.embed.RerankPrompt;
import dev.palimpsest.engine.embed.TextEmbedder;
import dev.palimpsest.engine.embed.TextLimits;
import dev.palimpsest.engine.embed.TextReranker;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.memory.Embedder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The model files beside the one that answers: one that makes vectors, one that ranks. Owns them
 * and their backends, for a backend serves one at a time and the engine's is never idle for long.
 */
public final class SideModels implements AutoCloseable {
  /** Tokens of a text, beyond which it is cut, and of texts that are computed together. */
  private static final TextLimits LIMITS = new TextLimits(2_048, 2_048);

  private static final String SUFFIX = ".gguf";

  private final ArrayDeque<Runnable> closing = new ArrayDeque<>();
  private @Nullable EngineEmbedder vectors;
  private @Nullable RankModel ranks;
  private long bytes;

  private SideModels() {}

  /**
   * Which there are.
   *
   * @param backend as {@link Backend#open} takes it
   * @param threads that compute, for each
   */
  public record Options(
      Optional<Path> vectors, Optional<Path> ranks, String backend, int threads) {}

  /**
   * Opens them.
   *
   * @throws dev.palimpsest.engine.format.ModelFormatException for a file that is no model we run
   * @throws IllegalArgumentException for a model that makes no vectors, or no ranks
   */
  public static SideModels open(Options options) {
    SideModels opened = new SideModels();
    boolean isDone = false;
    try {
      options.vectors.ifPresent(file -> opened.openVectors(file, options));
      options.ranks.ifPresent(file -> opened.openRanks(file, options));
      isDone = true;
      return opened;
    } finally {
      if (!isDone) {
        opened.close();
      }
    }
  }

  /** The one that makes vectors. */
  public Optional<VectorModel> vectors() {
    return Optional.ofNullable(vectors);
  }

  /** The same as memories are embedded with it. Blocks while a large file is summed up. */
  public Optional<Embedder> embedder() {
    return Optional.ofNullable(vectors).map(EngineEmbedder::summedUp);
  }

  /** The one that ranks. */
  public Optional<RankModel> ranks() {
    return Optional.ofNullable(ranks);
  }

  /** What files, keys, values and workspaces take together. */
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    while (!closing.isEmpty()) {
      closing.pop().run();
    }
  }

  private void openVectors(Path file, Options options) {
    Model model = model(file);
    Backend backend = backend(options);
    TextEmbedder embedder = new TextEmbedder(model, backend, LIMITS, null);
    vectors = new EngineEmbedder(name(file), model, embedder);
    closing.push(vectors::close);
    bytes += model.description().bytes() + TextEmbedder.memoryBytes(model, LIMITS);
  }

  private void openRanks(Path file, Options options) {
    Model model = model(file);
    Backend backend = backend(options);
    TextReranker reranker = new TextReranker(model, backend, LIMITS, RerankPrompt.of(model));
    closing.push(reranker::close);
    bytes += model.description().bytes() + TextReranker.memoryBytes(model, LIMITS);
    ranks = new EngineRanks(name(file), reranker);
  }

  private Model model(Path file) {
    Model model = Model.open(file);
    closing.push(model::close);
    return model;
  }

  private Backend backend(Options options) {
    Backend backend = Backend.open(options.backend, options.threads);
    closing.push(backend::close);
    return backend;
  }

  private static String name(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
  }

  private record EngineRanks(String id, TextReranker reranker) implements RankModel {
    @Override
    public List<Rank> rank(String query, List<String> documents) {
      List<Rank> out = new ArrayList<>();
      for (Relevance each : reranker.score(query, documents)) {
        out.add(new Rank(each.probability(), each.tokens()));
      }
      return out;
    }
  }
}
