package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.GgufWriter;
import dev.palimpsest.engine.format.ModelFormatException;
import dev.palimpsest.engine.fuzz.ByteMutator;
import dev.palimpsest.engine.fuzz.Fuzzer;
import dev.palimpsest.engine.fuzz.Mutator;
import dev.palimpsest.engine.fuzz.Target;
import dev.palimpsest.engine.fuzz.Target.Outcome;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.engine.token.Tokenizer.Special;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Model files whose metadata mean nothing, or something else: refused at a place, or usable. */
class ModelFuzzTest {
  private static final String TEXT = "<s>a b\u2581c</s> \u20ac<|im_end|>\ud83e\0 12ab";
  private static final Target.Bounds TOKENIZERS = new Target.Bounds(1 << 20, 2_000, 1 << 22, 5);
  private static final Target.Bounds MODELS = new Target.Bounds(4 << 20, 2_000, 1 << 22, 5);

  @TempDir Path folder;

  @Test
  void anyVocabularyIsRefusedAtAPlaceOrCanEncode() {
    var mutator =
        new ByteMutator(
            "tokenizer.ggml.",
            "model",
            "pre",
            "merges",
            "scores",
            "token_type",
            "llama",
            "gpt2",
            "bert",
            "qwen2",
            "llama-bpe",
            "gpt-2",
            "a b",
            "ab",
            "<0x41>",
            "\u2581",
            "<s>",
            " ");
    List<byte[]> seeds = new ArrayList<>();
    TokenizersTest.writers().forEach(writer -> seeds.add(writer.bytes()));
    new Fuzzer("tokenizer", TOKENIZERS, mutator, this::readTokenizer).run(700, seeds);
  }

  private Outcome readTokenizer(byte[] input) throws IOException {
    Path file = Files.write(folder.resolve("fuzzed.gguf"), input);
    try (Arena arena = Arena.ofConfined()) {
      Tokenizer tokenizer = Tokenizers.of(Gguf.open(file, arena).metadata());
      return new Outcome.Taken(() -> {
        String text = tokenizer.decode(tokenizer.encode(TEXT, Special.PARSE));
        tokenizer.encodePrompt(text);
        return "of " + tokenizer.getClass().getSimpleName();
      });
    } catch (ModelFormatException e) {
      return refused(e, input);
    }
  }

  private static Outcome refused(ModelFormatException e, byte[] input) {
    assertTrue(e.offset() >= 0 && e.offset() <= input.length, e::getMessage);
    return new Outcome.Refused(e.getMessage().replace(e.field(), "#"));
  }

  /** Weights are not looked at when a model is opened; what is changed lies before them. */
  @Test
  void anyModelIsRefusedAtAPlaceOrOpens() {
    var words =
        new ByteMutator(
            "llama",
            "qwen3",
            "qwen35",
            "gemma3",
            "phi3",
            "qwen3moe",
            "mistral3",
            "block_count",
            "embedding_length",
            "attention.head_count",
            "rope.freq_base",
            "rope.scaling.type",
            "yarn",
            "linear",
            "ssm.state_size",
            "expert_count",
            "blk.0.",
            "attn_q.weight",
            "output");
    List<byte[]> seeds = new ArrayList<>();
    int longest = 0;
    for (String architecture : TinyModels.ARCHITECTURES) {
      GgufWriter writer = TinyModels.writer(architecture, 1);
      GgufWriter.Field last = writer.fields().getLast();
      longest = Math.max(longest, last.offset() + last.length());
      seeds.add(writer.bytes());
    }
    int header = longest;
    Mutator mutator =
        (input, other, random) -> {
          int cut = Math.min(header, input.length);
          byte[] changed = words.mutant(Arrays.copyOf(input, cut), other, random);
          byte[] whole = Arrays.copyOf(changed, changed.length + input.length - cut);
          System.arraycopy(input, cut, whole, changed.length, input.length - cut);
          return whole;
        };
    new Fuzzer("model", MODELS, mutator, this::readModel).run(400, seeds);
  }

  private Outcome readModel(byte[] input) throws IOException {
    Path file = Files.write(folder.resolve("fuzzed.gguf"), input);
    try (Model model = Model.open(file)) {
      String architecture = model.architecture().name();
      return new Outcome.Taken(() -> architecture);
    } catch (ModelFormatException e) {
      return refused(e, input);
    }
  }
}
