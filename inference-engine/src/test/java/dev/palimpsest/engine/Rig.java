package dev.palimpsest.engine;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** A tiny random model with a backend, and engines of any size on them. */
final class Rig implements AutoCloseable {
  /** A page holds 2 layers, 2 heads, 6 dimensions, keys and values, 32 tokens, 4 bytes. */
  static final int PAGE_BYTES = 2 * 2 * 6 * 2 * 32 * 4;

  /** The context of {@link #wide}: eight pages. */
  static final int WIDE = 256;

  private final Model model;
  private final Backend backend;

  Rig(Path folder, String architecture, long seed, String backend, int threads) {
    this(Model.open(TinyModels.write(folder, architecture, seed)), Backend.open(backend, threads));
  }

  private Rig(Model model, Backend backend) {
    this.model = model;
    this.backend = backend;
  }

  /** A model whose sequences come to {@value #WIDE} tokens, on one thread. */
  static Rig wide(Path folder, String architecture) {
    Path file = folder.resolve(architecture + "-wide.gguf");
    try {
      Model model = Model.open(TinyModels.named(architecture, 1, "wide", WIDE).write(file));
      return new Rig(model, Backend.open("scalar", 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Rig llama(Path folder) {
    return new Rig(folder, "llama", 1, "vector", 1);
  }

  Model model() {
    return model;
  }

  Backend backend() {
    return backend;
  }

  Engine engine(EngineConfig config) {
    return new Engine(config, model, backend);
  }

  /** An engine with room for everything. */
  Engine roomy() {
    return engine(config(16, 8, 8, 32, 1_000));
  }

  static EngineConfig config(int pages, int sequences, int queue, int stepTokens, int outbox) {
    return config(pages, sequences, queue, stepTokens, outbox, 0);
  }

  static EngineConfig config(
      int pages, int sequences, int queue, int stepTokens, int outbox, int drafts) {
    return new EngineConfig(
        WIDE, (long) pages * PAGE_BYTES, sequences, queue, stepTokens, outbox, drafts, 1L << 30);
  }

  /** As many pages as these sizes have, of another type. */
  EngineConfig narrowed(EngineConfig config, DType type) {
    KvLayout layout = model.architecture().cacheLayout();
    long bytes = config.cacheBytes() / layout.pageBytes() * layout.withType(type).pageBytes();
    return new EngineConfig(
        config.contextTokensMax(),
        bytes,
        config.sequencesMax(),
        config.queueMax(),
        config.stepTokensMax(),
        config.outboxMax(),
        config.draftTokensMax(),
        config.memoryBytesMax(),
        type);
  }

  static GenerationRequest request(String prompt, int outputTokens, String... stop) {
    int[] ids = new int[prompt.length()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = TinyModels.FIRST_BYTE + prompt.charAt(i);
    }
    return new GenerationRequest(
        TokenIds.of(ids), new SamplingParams(1, 0, 1, 0, 36), outputTokens, List.of(stop));
  }

  /** Steps until there is nothing to do. */
  static void drain(Engine engine) {
    while (engine.step() > 0) {
      engine.checkInvariants();
    }
    engine.checkInvariants();
  }

  @Override
  public void close() {
    backend.close();
    model.close();
  }
}
