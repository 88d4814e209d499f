package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AskingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "My name is Ada and I keep bees in Graz.",
        "I moved to Graz when I was eight",
        "Hi, I'm Ada. I work as a bookbinder.",
        "We had a lovely evening!",
        "Clara's sister is a bookbinder now.",
        "Well, I gave it up. My brother has the car.",
      })
  void statements(String text) {
    assertTrue(Asking.isStatement(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "What do I keep?",
        "I moved to Graz. Where did I live before?",
        "Tell me what I keep",
        "Do I keep bees",
        "And what is my name",
        "I wonder where I live",
        "I would like to know what Caroline researched.",
        "I forgot who has the car.",
        "the name of my cat",
        "Caroline",
        "adoption agencies",
        "Hello!",
        "My sister's job. Name it.",
        "",
        "?!",
      })
  void whatMayAskIsNoStatement(String text) {
    assertFalse(Asking.isStatement(text));
  }

  private static MemoryLine said(String text, String source) {
    Memory memory =
        new Memory(
            new MemoryId("mem_1"),
            1,
            Scope.NONE,
            MemoryKind.EPISODE,
            new Origin(source, "ses_1", "trn_1/1", 0),
            MemoryText.of(text).saidBy("user"),
            Instant.EPOCH,
            null,
            1);
    return MemoryLine.of(memory, words -> words);
  }

  @Test
  void onlyPlainQuestionsOfSessionsTellNothing() {
    assertTrue(Asking.isQuestionOfSession(said("What do I keep?", Origin.OF_SESSIONS)));
    assertFalse(Asking.isQuestionOfSession(said("What do I keep?", "mails.json")));
    assertFalse(Asking.isQuestionOfSession(said("I keep bees.", Origin.OF_SESSIONS)));
    assertFalse(Asking.isQuestionOfSession(said("I keep bees, you know?", Origin.OF_SESSIONS)));
    assertFalse(Asking.isQuestionOfSession(said("I keep bees. What else?", Origin.OF_SESSIONS)));
  }
}
