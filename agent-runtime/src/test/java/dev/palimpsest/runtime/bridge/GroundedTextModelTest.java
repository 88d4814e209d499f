package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.engine.model.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tiny model with the name and the template of the bundled one. */
class GroundedTextModelTest extends TextModelContract {
  private static LocalModel local;
  @TempDir static Path folder;

  @BeforeAll
  static void open() throws IOException {
    Path file =
        TinyModels.named("qwen3", 7, "Palimpsest-Reader", 1024)
            .string("tokenizer.chat_template", PromptWriterTest.READER)
            .write(folder.resolve("reader.gguf"));
    EngineConfig sizes = new EngineConfig(1024, 1 << 24, 4, 16, 64, 64, 6, 1L << 30);
    local = LocalModel.open(file, new LocalModel.Options("scalar", 1, sizes, List.of()));
  }

  @AfterAll
  static void close() {
    local.close();
  }

  @Override
  protected TextModel model() {
    return local.texts().getFirst();
  }

  @Test
  void theBundledModelIsGroundedByDefault() {
    assertTrue(model().card().isGrounded());
    assertTrue(model().card().canGround());
  }

  @Test
  void memoriesCostNoMoreThanTheirMessage() {
    Instant at = Instant.parse("2026-03-01T10:00:00Z");
    Prompt without = new Prompt(List.of(Message.user("Where?")), at);
    Prompt with = new Prompt(List.of(Message.memory("[x] a: b"), Message.user("Where?")), at);
    int message = "<|im_start|>memory\n[x] a: b<|im_end|>\n".length();
    assertEquals(model().tokens(without) + message, model().tokens(with));
  }

  @Test
  void anAnswerBeginsWithItsFirstWord() throws InterruptedException {
    for (long seed = 0; seed < 20; seed++) {
      Grounds grounds = new Grounds(List.of("[5 March 2023] Mara: Oslo"), "Where?");
      String text = read(begin(prompt("Where?"), seed, 60, grounds));
      assertFalse(text.isEmpty() || Character.isWhitespace(text.charAt(0)), text);
    }
  }
}
