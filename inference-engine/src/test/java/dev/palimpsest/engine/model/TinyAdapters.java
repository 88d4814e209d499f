package dev.palimpsest.engine.model;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.block.RowDecoder;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.GgufWriter;
import dev.palimpsest.engine.format.TensorInfo;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.random.RandomGenerator;

/** Random adapters for {@link TinyModels}, made from a seed, and the models they amount to. */
public final class TinyAdapters {
  private static final String CHANGED =
      "blk\\.\\d+\\.(attn_(q|k|v|qkv|gate|output)|ssm_out|ffn_(gate|up|down))\\.weight";
  private static final float ALPHA = 6;

  private TinyAdapters() {}

  /** Writes an adapter that changes all matrices of a model that can be changed. */
  public static Path write(Path folder, Path model, int rank, long seed) {
    try {
      return writer(model, rank, seed)
          .write(folder.resolve("adapter-" + rank + "-" + seed + "-" + model.getFileName()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same before it is written. */
  public static GgufWriter writer(Path model, int rank, long seed) {
    RandomGenerator random = Seeds.random(seed);
    try (Arena arena = Arena.ofConfined()) {
      Gguf base = Gguf.open(model, arena);
      GgufWriter writer =
          new GgufWriter()
              .string("general.architecture", base.metadata().string("general.architecture"))
              .string("general.type", "adapter")
              .string("general.name", "adapter " + seed)
              .string("adapter.type", "lora")
              .f32("adapter.lora.alpha", ALPHA);
      for (TensorInfo info : base.tensors()) {
        if (info.name().matches(CHANGED)) {
          int rows = (int) info.shape().rows();
          int columns = (int) info.shape().columns();
          writer.tensor(
              info.name() + ".lora_a", Shape.of(rank, columns), values(random, rank * columns));
          writer.tensor(info.name() + ".lora_b", Shape.of(rows, rank), values(random, rows * rank));
        }
      }
      return writer;
    }
  }

  private static float[] values(RandomGenerator random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 0.1f * (float) random.nextGaussian();
    }
    return values;
  }

  /** A model with an adapter's changes in its matrices. */
  static Path merged(Path folder, String architecture, long modelSeed, Path adapter) {
    GgufWriter writer = TinyModels.writer(architecture, modelSeed);
    try (Arena arena = Arena.ofConfined()) {
      Gguf base = Gguf.open(TinyModels.write(folder, architecture, modelSeed), arena);
      Gguf changes = Gguf.open(adapter, arena);
      for (TensorInfo info : base.tensors()) {
        if (changes.find(info.name() + ".lora_a").isPresent()) {
          float[][] b = rows(changes.tensor(info.name() + ".lora_b"));
          float[][] a = rows(changes.tensor(info.name() + ".lora_a"));
          writer.replace(info.name(), info.shape(), sum(rows(base.tensor(info.name())), b, a));
        }
      }
      return writer.write(folder.resolve("merged-" + architecture + ".gguf"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static float[] sum(float[][] w, float[][] b, float[][] a) {
    int columns = w[0].length;
    float[] out = new float[w.length * columns];
    for (int i = 0; i < out.length; i++) {
      double change = 0;
      for (int r = 0; r < a.length; r++) {
        change += (double) b[i / columns][r] * a[r][i % columns];
      }
      out[i] = (float) (w[i / columns][i % columns] + ALPHA / a.length * change);
    }
    return out;
  }

  private static float[][] rows(Tensor tensor) {
    float[][] out = new float[(int) tensor.shape().rows()][(int) tensor.shape().columns()];
    RowDecoder decoder = new RowDecoder();
    for (int row = 0; row < out.length; row++) {
      decoder.decode(tensor, row, out[row], 0);
    }
    return out;
  }
}
