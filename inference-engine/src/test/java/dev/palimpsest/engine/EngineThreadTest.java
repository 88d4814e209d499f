package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine on a thread of its own, as in production. */
@Timeout(60)
class EngineThreadTest {
  @TempDir Path folder;

  @Test
  void readersOnOtherThreadsGetEverything() throws InterruptedException {
    try (Rig rig = Rig.llama(folder)) {
      Engine engine = rig.engine(Rig.config(6, 3, 40, 8, 2));
      Thread thread = Thread.ofPlatform().start(engine::run);
      List<Thread> readers = new ArrayList<>();
      List<Answers> answers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Answers each = Answers.accepted(engine, Rig.request("reader", 10 + i % 5));
        answers.add(each);
        readers.add(Thread.ofVirtual().start(() -> readQuietly(each)));
      }
      for (Thread reader : readers) {
        reader.join();
      }
      for (int i = 0; i < 40; i++) {
        assertEquals(10 + i % 5, answers.get(i).usage().outputTokens());
        assertEquals(answers.get(4).output().slice(0, 10), answers.get(i).output().slice(0, 10));
      }
      engine.close();
      thread.join();
      assertEquals(40, engine.stats().finished());
    }
  }

  @Test
  void closingFinishesWhatRunsAndEndsTheThread() throws InterruptedException {
    try (Rig rig = Rig.llama(folder)) {
      Engine engine = rig.engine(Rig.config(4, 1, 4, 8, 1));
      Thread thread = Thread.ofPlatform().start(engine::run);
      Answers running = Answers.accepted(engine, Rig.request("a", 100));
      Answers waiting = Answers.accepted(engine, Rig.request("b", 100));
      while (!running.readOne()) {
        Thread.onSpinWait();
      }
      engine.close();
      thread.join();
      assertEquals(FinishReason.CANCELLED, running.readToTheEnd().finish());
      assertEquals(FinishReason.CANCELLED, waiting.readToTheEnd().finish());
      assertTrue(engine.failure().isEmpty());
    }
  }

  /** Closing the model under the engine is the error that is easiest to make on purpose. */
  @Test
  void anErrorFinishesEveryGenerationAsFailed() throws InterruptedException {
    Rig rig = Rig.llama(folder);
    Engine engine = rig.engine(Rig.config(4, 1, 4, 8, 10));
    Answers running = Answers.accepted(engine, Rig.request("a", 100));
    Answers waiting = Answers.accepted(engine, Rig.request("b", 100));
    engine.step();
    rig.model().close();
    Thread thread = Thread.ofPlatform().start(engine::run);
    assertEquals(FinishReason.FAILED, running.readToTheEnd().finish());
    assertEquals(FinishReason.FAILED, waiting.readToTheEnd().finish());
    thread.join();
    assertFalse(engine.isHealthy());
    assertInstanceOf(IllegalStateException.class, engine.failure().orElseThrow());
    var refused = assertInstanceOf(Admission.Refused.class, engine.submit(Rig.request("c", 1)));
    assertEquals(Admission.Reason.STOPPED, refused.reason());
    engine.close();
    rig.backend().close();
  }

  private static void readQuietly(Answers answers) {
    try {
      answers.readToTheEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
