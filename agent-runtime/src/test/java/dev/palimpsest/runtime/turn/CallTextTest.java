package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.Usage;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Words and calls, however they are cut. */
class CallTextTest {
  private static final List<Tool> TOOLS =
      List.of(
          Tool.BuiltIn.MEMORY_SEARCH,
          new Tool.Http("send", "", "{\"type\":\"object\"}", "http://a/", "POST", false));

  @Test
  void wordsAndCallsAreToldApartHoweverTheyAreCut() {
    long seed = Long.getLong("seed", 4711);
    System.out.println("CallTextTest seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      assertSpoken(
          random, "Hello, a < b and <tool is it.  \n", "Hello, a < b and <tool is it.  \n", null);
      assertSpoken(random, "<tool_call>{}</tool_call> and more", "", "{}");
      assertSpoken(random, "I look.\n\n <tool_call>\n{ }\n</tool_call>", "I look.", "{ }");
      assertSpoken(random, "<<tool_<tool_call>x</tool_cal</tool_call>", "<<tool_", "x</tool_cal");
      assertSpoken(random, "a<tool_call>never ends", "a", "never ends");
    }
  }

  private static void assertSpoken(
      Random random, String written, String words, @Nullable String call) {
    Spoken spoken = new Spoken("", true);
    StringBuilder heard = new StringBuilder();
    int at = 0;
    while (at < written.length()) {
      int end = Math.min(written.length(), at + 1 + random.nextInt(6));
      heard.append(spoken.take(written.substring(at, end)));
      at = end;
    }
    heard.append(spoken.rest());
    assertEquals(words, heard.toString());
    assertEquals(words, spoken.all());
    if (call == null) {
      assertNull(spoken.call());
    } else {
      assertEquals(call, Objects.requireNonNull(spoken.call()).call());
    }
  }

  @Test
  void whatFollowsACallIsHeardAsOneAnswer() {
    Spoken spoken = new Spoken("I look.", true);
    assertEquals("\n\nHere", spoken.take("Here"));
    assertEquals(" it is.", spoken.take(" it is."));
    assertEquals("I look.\n\nHere it is.", spoken.all());
    assertEquals("Hi", new Spoken("", false).take("Hi"));
    assertEquals("I look.", new Spoken("I look.", true).all());
  }

  @Test
  void aCallIsReadOrSaysWhatIsWrongWithIt() {
    TurnEvent.ToolCalled good = read("{\"name\":\"send\",\"arguments\":{\"n\":1.25}}", true);
    assertNull(good.problem());
    assertEquals("{\"n\":1.25}", good.arguments());
    assertFalse(good.isRepeatable());
    assertTrue(good.idempotencyKey().startsWith("trn_1-1-"));
    assertEquals(good, read("{\"name\":\"send\",\"arguments\":{\"n\":1.25}}", true));
    TurnEvent.ToolCalled search =
        read("{\"name\":\"memory_search\",\"arguments\":{\"query\":\"x\"}}", true);
    assertNull(search.problem());
    assertTrue(search.isRepeatable());
    for (String[] wrong :
        new String[][] {
          {"{oops", "no JSON"},
          {"", "an object"},
          {"[]", "an object"},
          {"{\"name\":\"send\"}", "an object"},
          {"{\"name\":\"send\",\"arguments\":\"{}\"}", "an object"},
          {"{\"name\":\"send\",\"arguments\":{}} {}", "no JSON"},
          {"{\"name\":\"send\",\"name\":\"send\",\"arguments\":{}}", "no JSON"},
          {"{\"name\":\"fly\",\"arguments\":{}}", "memory_search"},
          {"{\"name\":\"memory_search\",\"arguments\":{}}", "'query' is missing"},
          {"\u0000\ud800", "no JSON"}
        }) {
      TurnEvent.ToolCalled called = read(wrong[0], true);
      assertTrue(String.valueOf(called.problem()).contains(wrong[1]), called.toString());
    }
    assertTrue(String.valueOf(read("{", false).problem()).contains("no end"));
    String longest = "x".repeat(TurnEvent.ToolCalled.ARGUMENTS_CHARACTERS_MAX + 1);
    assertEquals(longest.length() - 1, read(longest, false).arguments().length());
  }

  private static TurnEvent.ToolCalled read(String written, boolean isWhole) {
    Usage usage = new Usage(1, 0, 1, 1, 1, 1, 1);
    return CallReader.read(
        written, isWhole, TOOLS, new CallReader.Made(new TurnId("trn_1"), 1, "", List.of(), usage));
  }
}
