package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.engine.EngineStats;
import dev.palimpsest.engine.MemoryPlan;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.ground.Grounding;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.Architecture;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.ModelDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A model file at work: the mapped weights, the backend, the engine, the one thread that steps it,
 * and those that write and read its sessions' files and compact their beginnings. Owns all of them
 * and closes them in the opposite order.
 */
public final class LocalModel implements AutoCloseable {
  private static final String SUFFIX = ".gguf";

  /** The name in the file of the bundled model, which training/reader/export.py writes. */
  private static final String GROUNDED_MODEL = "Palimpsest-Reader";

  /** One reads a file while another writes one, and a third compacts; none is there before that. */
  private static final int WORKERS = 3;

  private final Model model;
  private final Backend backend;
  private final Engine engine;
  private final List<Adapter> adapters;
  private final List<TextModel> texts;
  private final Thread thread;
  private final ExecutorService workers;

  private LocalModel(
      Model model,
      List<Adapter> adapters,
      Backend backend,
      Engine engine,
      List<TextModel> texts,
      ExecutorService workers) {
    this.model = model;
    this.adapters = adapters;
    this.backend = backend;
    this.engine = engine;
    this.texts = List.copyOf(texts);
    this.workers = workers;
    this.thread = Thread.ofPlatform().name("engine").daemon().unstarted(engine::run);
  }

  /**
   * What decides how a model is run.
   *
   * @param backend {@code auto}, {@code vector} or {@code scalar}
   * @param threads that compute
   * @param engine the engine's sizes
   * @param adapters files of adapters that requests may choose
   */
  public record Options(String backend, int threads, EngineConfig engine, List<Path> adapters) {
    /** Copies. */
    public Options {
      adapters = List.copyOf(adapters);
    }

    /** The same with less memory, because others take so much of it. */
    public Options less(long bytes) {
      return new Options(
          backend, threads, engine.withMemory(engine.memoryBytesMax() - bytes), adapters);
    }
  }

  /** Opens a model that keeps nothing on disk. */
  public static LocalModel open(Path file, Options options) {
    return open(file, options, null);
  }

  /**
   * Opens a model and starts its thread.
   *
   * @param snapshots where sessions are kept, null where they are not
   * @throws dev.palimpsest.engine.format.ModelFormatException for a file that is no model we run,
   *     or no adapter for it
   * @throws dev.palimpsest.engine.chat.ChatTemplateException for a template that cannot be read
   * @throws IllegalArgumentException for sizes that do not fit together
   * @throws IllegalStateException for a backend that is not available
   */
  public static LocalModel open(Path file, Options options, @Nullable SessionSnapshots snapshots) {
    Opening opening = new Opening();
    try {
      LocalModel local = opening.open(file, options, snapshots);
      local.thread.start();
      opening.isDone = true;
      return local;
    } finally {
      opening.closeUnlessDone();
    }
  }

  /** The model as turns see it: as it is, then under each adapter. */
  public List<TextModel> texts() {
    return texts;
  }

  /** SHA-256 of the file; reads the file through on the first call. */
  public String sha256() {
    return model.sha256();
  }

  /** Which backend computes, and why. */
  public String backend() {
    return backend.describe();
  }

  /** The large memory that was taken. */
  public MemoryPlan plan() {
    return engine.plan();
  }

  /** The engine's counters. */
  public EngineStats stats() {
    return engine.stats();
  }

  @Override
  public void close() {
    engine.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    workers.close();
    backend.close();
    adapters.forEach(Adapter::close);
    model.close();
  }

  /** A cache larger than all sequences can fill would only be memory taken from others. */
  private static EngineConfig fitted(EngineConfig sizes, Model model) {
    Architecture architecture = model.weights().architecture();
    int context = Math.min(sizes.contextTokensMax(), model.description().contextTokens());
    long pageBytes = architecture.cacheLayout().withType(sizes.cacheType()).pageBytes();
    long useful = pageBytes * KvLayout.pagesFor(context) * sizes.sequencesMax();
    return new EngineConfig(
        sizes.contextTokensMax(),
        Math.min(sizes.cacheBytes(), useful),
        sizes.sequencesMax(),
        sizes.queueMax(),
        sizes.stepTokensMax(),
        sizes.outboxMax(),
        sizes.draftTokensMax(),
        sizes.memoryBytesMax(),
        sizes.cacheType());
  }

  private static ModelCard card(Path file, Model model, Engine engine) {
    ModelDescription about = model.description();
    String name = String.valueOf(file.getFileName());
    try {
      return new ModelCard(
          name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name,
          about.architecture(),
          about.quantisation(),
          about.parameters(),
          engine.contextTokens(),
          about.bytes(),
          Files.getLastModifiedTime(file).toInstant(),
          grounding(model),
          model.memoriesMax().orElse(Integer.MAX_VALUE));
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be looked at", e);
    }
  }

  /** The bundled model speaks badly and copies well. */
  private static ModelCard.Grounding grounding(Model model) {
    if (!Grounding.isPossible(model.tokenizer())) {
      return ModelCard.Grounding.NEVER;
    }
    return model.description().name().equals(GROUNDED_MODEL)
        ? ModelCard.Grounding.BY_DEFAULT
        : ModelCard.Grounding.ON_REQUEST;
  }

  /** Closes what was opened when something after it fails. */
  private static final class Opening {
    private final ArrayDeque<AutoClose> opened = new ArrayDeque<>();
    private boolean isDone;

    /** Closes without a checked exception. */
    private interface AutoClose {
      void close();
    }

    LocalModel open(Path file, Options options, @Nullable SessionSnapshots snapshots) {
      Model model = Model.open(file);
      opened.push(model::close);
      List<Adapter> adapters = new ArrayList<>();
      for (Path each : options.adapters()) {
        Adapter adapter = Adapter.open(each, model.weights());
        opened.push(adapter::close);
        adapters.add(adapter);
      }
      Backend backend = Backend.open(options.backend(), options.threads());
      opened.push(backend::close);
      ExecutorService workers =
          Executors.newFixedThreadPool(
              WORKERS, Thread.ofPlatform().name("worker-", 0).daemon().factory());
      opened.push(workers::close);
      Engine engine =
          new Engine(
              fitted(options.engine(), model),
              model,
              backend,
              System::nanoTime,
              snapshots == null ? null : snapshots.parts(workers),
              adapters);
      opened.push(engine::close);
      ModelCard card = card(file, model, engine);
      PastFiles files = new PastFiles(engine, snapshots, System::nanoTime);
      PastShelf shelf = new PastShelf(engine, workers, files);
      List<TextModel> texts = new ArrayList<>();
      texts.add(new EngineTextModel(engine, model, card, null, shelf));
      for (Adapter adapter : adapters) {
        ModelCard changed = card.under(adapter.name(), adapter.bytes());
        texts.add(new EngineTextModel(engine, model, changed, adapter, shelf));
      }
      return new LocalModel(model, adapters, backend, engine, texts, workers);
    }

    void closeUnlessDone() {
      while (!isDone && !opened.isEmpty()) {
        opened.pop().close();
      }
    }
  }
}
