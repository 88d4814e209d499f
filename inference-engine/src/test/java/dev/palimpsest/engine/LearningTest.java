package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was said before an engine began is guessed by it. */
@Timeout(60)
class LearningTest {
  @TempDir Path folder;

  @Test
  void whatWasLearntIsGuessedForItsOwnSaltAndVoiceAlone() {
    try (Rig rig = Rig.llama(folder)) {
      GenerationRequest request = Rig.request("abcdefgh", 60);
      TokenIds said = said(rig, request, "", "", TokenIds.of()).output();
      Told own = said(rig, request, request.cacheSalt(), request.voice(), said);
      assertTrue(own.guessed() > 20, () -> own + " of " + said.size());
      assertEquals(said, own.output());
      assertEquals(0, said(rig, request, "somebody else", request.voice(), said).guessed());
      assertEquals(0, said(rig, request, request.cacheSalt(), "another", said).guessed());
      GenerationRequest other = request.spokenBy("another");
      assertEquals(own, said(rig, other, request.cacheSalt(), "another", said));
    }
  }

  @Test
  void whatIsForgottenIsNotLearntAnyMore() throws InterruptedException {
    try (Rig rig = Rig.llama(folder);
        Engine engine = engine(rig)) {
      GenerationRequest request = Rig.request("abcdefgh", 60);
      TokenIds said = said(rig, request, "", "", TokenIds.of()).output();
      engine.learn(request.cacheSalt(), request.voice(), said);
      Thread forgetting = Thread.ofVirtual().start(() -> engine.forget(request.cacheSalt()));
      while (forgetting.isAlive()) {
        assertEquals(0, engine.step());
      }
      forgetting.join();
      Answers answers = Answers.accepted(engine, request);
      Rig.drain(engine);
      assertEquals(said, answers.readAll().output());
      assertEquals(0, engine.stats().acceptedTokens());
    }
  }

  /** It waits for its reader while the salt is forgotten, and while another one begins. */
  @Test
  void whatRunsWhileItsSaltIsForgottenIsNotRemembered() throws InterruptedException {
    try (Rig rig = Rig.llama(folder);
        Engine engine = engine(rig, 4)) {
      GenerationRequest request = Rig.request("abcdefgh", 60);
      Answers running = Answers.accepted(engine, request);
      Rig.drain(engine);
      assertNull(running.finish());
      Thread forgetting = Thread.ofVirtual().start(() -> engine.forget(request.cacheSalt()));
      while (forgetting.isAlive()) {
        engine.step();
      }
      forgetting.join();
      Answers other = Answers.accepted(engine, Rig.request("x", 1));
      Rig.drain(engine);
      assertEquals(FinishReason.LENGTH, other.readAll().finish());
      while (running.readAll().finish() == null) {
        engine.step();
      }
      long guessed = engine.stats().acceptedTokens();
      Answers again = Answers.accepted(engine, request);
      while (again.readAll().finish() == null) {
        engine.step();
      }
      assertEquals(running.output(), again.output());
      assertEquals(guessed, engine.stats().acceptedTokens() - guessed);
    }
  }

  /** What was said, and how many tokens of it were guessed. */
  private record Told(TokenIds output, long guessed) {}

  private static Told said(
      Rig rig, GenerationRequest request, String salt, String voice, TokenIds learnt) {
    try (Engine engine = engine(rig)) {
      engine.learn(salt, voice, learnt);
      Answers answers = Answers.accepted(engine, request);
      Rig.drain(engine);
      return new Told(answers.readAll().output(), engine.stats().acceptedTokens());
    }
  }

  /** A clock by which a further row costs nothing. */
  private static Engine engine(Rig rig) {
    return engine(rig, 1_000);
  }

  private static Engine engine(Rig rig, int outbox) {
    AtomicLong ticks = new AtomicLong();
    EngineConfig config = Rig.config(16, 4, 4, 64, outbox, 6);
    return new Engine(
        config, rig.model(), rig.backend(), () -> ticks.addAndGet(1_000), null, List.of());
  }
}
