package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.Usage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a model reads where a tool said nothing. */
class ToolMessagesTest {
  @Test
  void onlyASearchFindsNothing() {
    assertEquals("Nothing was found.", read("memory_search", 0));
    assertEquals("Done; the tool answered without a text.", read("weather", 0));
  }

  @Test
  void whatWasCutAwayWholeIsNotNothing() {
    assertEquals("[cut: 7 more characters]", read("weather", 7));
  }

  private static String read(String tool, long left) {
    Usage usage = new Usage(3, 0, 3, 2, 1, 2, 1);
    TurnEvent.ToolCalled called =
        new TurnEvent.ToolCalled("call-1", tool, "{}", "k", true, null, "", List.of(), usage);
    TurnEvent.ToolAnswered answered =
        new TurnEvent.ToolAnswered("call-1", false, "", left, List.of(), 1);
    ToolUse use = new ToolUse(called, 3, TurnEvents.START, answered);
    return ToolMessages.of(List.of(use), Map.of(), false).getLast().text();
  }
}
