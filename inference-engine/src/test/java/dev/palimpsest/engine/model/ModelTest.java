package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.format.GgufWriter;
import dev.palimpsest.engine.format.ModelFormatException;
import dev.palimpsest.engine.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTest {
  @TempDir Path folder;

  @Test
  void aModelTellsWhatItIs() throws IOException {
    try (Model model = Model.open(TrainedModels.copy("stories260K.gguf", folder))) {
      ModelDescription description = model.description();
      assertEquals("llama", description.architecture());
      assertEquals("F32", description.quantisation());
      assertEquals(512, description.contextTokens());
      assertEquals(512, description.vocabularySize());
      assertEquals(1_054_304, description.bytes());
      assertTrue(description.parameters() > 250_000 && description.parameters() < 270_000);
      assertEquals(
          "782df92db1b874bc18d8a6ad14384df1f3430605b84d47963e55bc6d635439e0", model.sha256());
      assertEquals("<s>", model.bosPiece());
      assertEquals("</s>", model.eosPiece());
      assertEquals(Optional.empty(), model.chatTemplate());
      assertEquals(model.weights().embedding(), model.weights().output());
    }
  }

  @Test
  void tinyModelsOpenAndAreMadeFromTheirSeed() {
    for (String name : TinyModels.ARCHITECTURES) {
      Path file = TinyModels.write(folder, name, 7);
      try (Model model = Model.open(file)) {
        assertEquals(name.replace("-moe", ""), model.description().architecture());
        assertEquals(TinyModels.VOCABULARY, model.vocabulary().size());
        String first = model.sha256();
        try (Model again = Model.open(TinyModels.write(folder, name, 7));
            Model other = Model.open(TinyModels.write(folder, name, 8))) {
          assertEquals(first, again.sha256());
          assertTrue(!first.equals(other.sha256()));
        }
      }
    }
  }

  @Test
  void aTensorTooManyIsRefused() throws IOException {
    GgufWriter writer = TinyModels.writer("llama", 1);
    writer.tensor("blk.0.attn_q.bias", Shape.of(2), 1f, 2f);
    refuses(writer, "blk.0.attn_q.bias", "is a tensor that llama does not have here");
  }

  @Test
  void aMissingTensorIsRefused() throws IOException {
    byte[] bytes = TinyModels.writer("llama", 1).bytes();
    replace(bytes, "blk.1.ffn_up.weight", "blk.1.ffn_uq.weight");
    Path file = folder.resolve("renamed.gguf");
    Files.write(file, bytes);
    var error = assertThrows(ModelFormatException.class, () -> Model.open(file));
    assertEquals("blk.1.ffn_up.weight", error.field());
    assertTrue(String.valueOf(error.getMessage()).endsWith("the tensor is missing"));
  }

  @Test
  void aTensorOfAnotherShapeIsRefusedWithBothShapes() throws IOException {
    GgufWriter writer = TinyModels.writer("llama", 1);
    byte[] bytes = writer.bytes();
    GgufWriter.Field rows = writer.field("blk.0.attn_q.weight dimension 1");
    bytes[rows.offset()] = 23;
    Path file = folder.resolve("shape.gguf");
    Files.write(file, bytes);
    var error = assertThrows(ModelFormatException.class, () -> Model.open(file));
    assertEquals("blk.0.attn_q.weight", error.field());
    assertTrue(
        String.valueOf(error.getMessage()).endsWith("has shape [23, 16], [24, 16] expected"),
        error.getMessage());
  }

  @Test
  void anArchitectureThatIsNotKnownIsRefused() throws IOException {
    GgufWriter writer = new GgufWriter().string("general.architecture", "gpt2");
    refuses(
        writer,
        "general.architecture",
        "\"gpt2\" is not supported; llama, mistral3, qwen2, qwen3, qwen3moe, qwen35, qwen35moe,"
            + " qwen3next, phi3, gemma3, bert and nomic-bert are");
  }

  @Test
  void headsThatDoNotDivideAreRefused() throws IOException {
    GgufWriter writer = new GgufWriter().string("general.architecture", "llama");
    writer.u32("llama.embedding_length", 16).u32("llama.attention.head_count", 4);
    writer.u32("llama.attention.head_count_kv", 3);
    refuses(writer, "llama.attention.head_count_kv", "3 is no divisor of 4 query heads");
  }

  @Test
  void aDeltaRuleThatDoesNotDivideIsRefused() throws IOException {
    refusesRule("ssm.group_count", 3, "ssm.time_step_rank", "4 is no multiple of 3 key heads");
    refusesRule("ssm.inner_size", 21, "ssm.inner_size", "21 elements cannot be shared by 4 heads");
    refusesRule("ssm.conv_kernel", 0, "ssm.conv_kernel", "0 is not within 1 to 64");
    refusesRule("full_attention_interval", 5, "full_attention_interval", "5 is not within 1 to 4");
  }

  private void refusesRule(String changed, int value, String field, String detail)
      throws IOException {
    GgufWriter writer = TinyModels.writer("qwen35", 1);
    byte[] bytes = writer.bytes();
    bytes[writer.field("qwen35." + changed).offset()] = (byte) value;
    Path file = folder.resolve("rule.gguf");
    Files.write(file, bytes);
    var error = assertThrows(ModelFormatException.class, () -> Model.open(file));
    assertEquals("qwen35." + field, error.field());
    assertTrue(String.valueOf(error.getMessage()).endsWith(": " + detail), error.getMessage());
  }

  @Test
  void aCalibrationIsFiveFiniteNumbersOrNone() throws IOException {
    String key = "palimpsest.confidence";
    GgufWriter writer = TinyModels.writer("llama", 1).floats(key, 1, 2, 3, 4, 5);
    try (Model model = Model.open(writer.write(folder.resolve("calibrated.gguf")));
        Model plain = Model.open(TinyModels.write(folder, "llama", 1))) {
      assertEquals(Optional.of(new Calibration(1, 2, 3, 4, 5)), model.calibration());
      assertEquals(Optional.empty(), plain.calibration());
    }
    refuses(
        TinyModels.writer("llama", 1).floats(key, 1, 2, 3, 4), key, "has 4 numbers, 5 expected");
    refuses(
        TinyModels.writer("llama", 1).floats(key, 1, 2, 3, 4, Float.NaN),
        key,
        "has a number that is not finite");
  }

  @Test
  void aRopeScalingThatIsNotKnownIsRefused() throws IOException {
    GgufWriter writer = TinyModels.writer("llama", 1);
    writer.string("llama.rope.scaling.type", "longrope");
    refuses(writer, "llama.rope.scaling.type", "\"longrope\" is not supported");
  }

  @Test
  void aLinearRopeFactorIsFoundUnderOldKeysToo() throws IOException {
    for (String key : new String[] {"rope.scaling.factor", "rope.scale_linear"}) {
      GgufWriter writer = TinyModels.writer("llama", 1).f32("llama." + key, 4);
      try (Model model = Model.open(writer.write(folder.resolve(key + ".gguf")))) {
        assertEquals(new Rope.Scaling.Linear(4), model.weights().architecture().rope().scaling());
      }
    }
  }

  private void refuses(GgufWriter writer, String field, String detail) throws IOException {
    Path file = writer.write(folder.resolve("refused.gguf"));
    var error = assertThrows(ModelFormatException.class, () -> Model.open(file));
    assertEquals(field, error.field());
    assertTrue(String.valueOf(error.getMessage()).endsWith(": " + detail), error.getMessage());
  }

  private static void replace(byte[] bytes, String from, String to) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    byte[] letters = to.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(letters, 0, bytes, text.indexOf(from), letters.length);
  }
}
