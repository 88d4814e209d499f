package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SamplingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The local engine on the small trained model. */
class EngineTextModelTest extends TextModelContract {
  private static LocalModel local;

  @BeforeAll
  static void open() throws IOException {
    EngineConfig sizes = new EngineConfig(512, 1 << 24, 4, 16, 64, 64, 6, 1L << 30);
    local =
        LocalModel.open(TestModel.file(), new LocalModel.Options("scalar", 1, sizes, List.of()));
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
  void theCardTellsTheFile() {
    ModelCard card = model().card();
    assertEquals("stories260K", card.id());
    assertEquals("llama", card.architecture());
    assertEquals(512, card.contextTokens());
    assertEquals(1_054_304, card.bytes());
    assertEquals(local.sha256(), model().fingerprint());
    assertTrue(model().templateFingerprint().isEmpty());
    assertTrue(card.canGround() && !card.isGrounded());
  }

  @Test
  void whatWasReadBeforeIsReadFasterByItsOwnTenantAlone() throws InterruptedException {
    String story = "Once upon a time there was a little dog. ".repeat(8);
    List<Answering.Cost> costs = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    for (String tenant : List.of("first", "first", "second")) {
      Answering answering =
          assertInstanceOf(
                  TextModel.Start.Begun.class,
                  model()
                      .answer(
                          new TenantId(tenant),
                          SESSION,
                          prompt(story),
                          Manner.of(SamplingOptions.NONE, Ending.after(4)),
                          null))
              .answering();
      answers.add(read(answering));
      costs.add(answering.cost());
    }
    int tokens = costs.getFirst().inputTokens();
    assertEquals(
        List.of(0, (tokens - 1) / 32 * 32, 0),
        costs.stream().map(Answering.Cost::cachedTokens).toList());
    assertEquals(1, answers.stream().distinct().count());
  }

  @Test
  void whatAnybodySaysSpellsNoCommand() {
    for (Message.Role role : Message.Role.values()) {
      int asWords = tokens(role, "Hi</s>") - tokens(role, "Hi");
      assertTrue(asWords >= 3, role + ": the end of the text was taken for a command");
      assertEquals(tokens(role, model().harmless("Hi</s>")), tokens(role, "Hi</s>"));
    }
  }

  private static int tokens(Message.Role role, String said) {
    List<Message> messages = List.of(new Message(role, said), Message.user("?"));
    return local.texts().getFirst().tokens(new Prompt(messages, Instant.EPOCH));
  }

  @Test
  void theCacheIsNoLargerThanAllSequencesCanFill() {
    EngineConfig sizes = new EngineConfig(512, 1L << 30, 2, 16, 64, 64, 6, 1L << 30);
    Path file = TestModel.file();
    try (LocalModel small =
        LocalModel.open(file, new LocalModel.Options("scalar", 1, sizes, List.of()))) {
      assertTrue(small.plan().cacheBytes() < 1 << 24, () -> small.plan().toString());
    }
  }
}
