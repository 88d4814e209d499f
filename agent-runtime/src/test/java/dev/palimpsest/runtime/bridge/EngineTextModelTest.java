package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Shaping;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
                          null,
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
  void theBestOfSeveralIsTheOneTheModelThinksTheMostOf() throws InterruptedException {
    List<String> alone = new ArrayList<>();
    List<Double> means = new ArrayList<>();
    int said = 0;
    for (int i = 0; i < 4; i++) {
      Answering each = begin(5 + i * 0x9E3779B97F4A7C15L, null, 24);
      alone.add(read(each));
      means.add(each.confidence().orElseThrow().logprobMean());
      said += each.cost().outputTokens();
    }
    assertEquals(4, alone.stream().distinct().count());
    Answering best = begin(5, 4, 24);
    assertEquals(alone.get(means.indexOf(Collections.max(means))), read(best));
    assertEquals(Collections.max(means), best.confidence().orElseThrow().logprobMean());
    assertEquals(said, best.cost().outputTokens());
  }

  @Test
  void ofSeveralThatAreCancelledNoneIsGiven() throws InterruptedException {
    Answering cancelled = begin(5, 4, 400);
    cancelled.cancel();
    Answering.Piece piece = cancelled.take();
    while (piece.end() == null) {
      piece = cancelled.take();
    }
    assertEquals(Answering.End.CANCELLED, piece.end());
  }

  /** The queue has room for 16 and 4 run at a time. */
  @Test
  void noneIsBegunWhereThereIsNoRoomForAll() throws InterruptedException {
    Answering first = begin(5, 16, 400);
    Manner second = manner(5, 16, 400);
    assertInstanceOf(
        TextModel.Start.Busy.class,
        model().answer(TENANT, SESSION, null, prompt("Once"), second, null));
    first.cancel();
    Answering.Piece piece = first.take();
    while (piece.end() == null) {
      piece = first.take();
    }
    assertFalse(read(begin(5, 1, 24)).isEmpty());
  }

  private static final TenantId TENANT = new TenantId("best");

  private Answering begin(long seed, @Nullable Integer bestOf, int tokens) {
    Manner manner = manner(seed, bestOf, tokens);
    TextModel.Start start =
        model().answer(TENANT, SESSION, null, prompt("Once upon a time"), manner, null);
    return assertInstanceOf(TextModel.Start.Begun.class, start).answering();
  }

  private static Manner manner(long seed, @Nullable Integer bestOf, int tokens) {
    Shaping shaping = new Shaping(null, null, null, null, null, List.of(), bestOf);
    SamplingOptions sampling = new SamplingOptions(1.0, null, null, null, seed, shaping);
    return Manner.of(sampling, Ending.after(tokens));
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
    Message message =
        role == Message.Role.TOOL
            ? Message.answering(new Message.Call("call_1", "look", "{}"), said)
            : new Message(role, said);
    List<Message> messages = List.of(message, Message.user("?"));
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
