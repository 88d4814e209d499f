package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.Usage;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever a model writes becomes an event that can be stored. */
class CallReaderTest {
  private static final int MOST = TurnEvent.ToolCalled.ARGUMENTS_CHARACTERS_MAX;

  @Test
  void aCallWithoutAnEndIsCutBetweenCharacters() {
    TurnEvent.ToolCalled called = read("x".repeat(MOST - 1) + "🧪" + "y", false);
    assertEquals(MOST, called.arguments().length());
    assertEquals("The call has no end.", called.problem());
  }

  @Test
  void argumentsThatGrowWhenTheyAreWrittenOutAreAProblem() {
    String numbers = "1e5,".repeat(15_000) + "1";
    TurnEvent.ToolCalled called = read(call("{\"text\":\"a\",\"n\":[" + numbers + "]}"), true);
    assertEquals("The arguments are too long.", called.problem());
    assertTrue(called.arguments().length() <= MOST);
  }

  @Test
  void halfACharacterIsReplaced() {
    TurnEvent.ToolCalled called = read(call("{\"text\":\"a\\ud800\"}"), true);
    assertNull(called.problem());
    assertEquals("{\"text\":\"a\uFFFD\"}", called.arguments());
  }

  private static String call(String arguments) {
    return "{\"name\":\"memory_write\",\"arguments\":" + arguments + "}";
  }

  private static TurnEvent.ToolCalled read(String written, boolean isWhole) {
    Usage usage = new Usage(3, 0, 3, 2, 1, 2, 1);
    CallReader.Made made = new CallReader.Made(TurnEvents.TURN, 1, "", List.of(), usage);
    return CallReader.read(written, isWhole, List.of(Tool.BuiltIn.MEMORY_WRITE), made);
  }
}
