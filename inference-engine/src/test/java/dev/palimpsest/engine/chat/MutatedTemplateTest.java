package dev.palimpsest.engine.chat;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged templates end in a prompt or in a {@link ChatTemplateException}, and soon. */
final class MutatedTemplateTest {
  private static final int MUTATIONS = 3_000;
  private static final Duration LONGEST = Duration.ofSeconds(20);
  private static final List<String> PIECES =
      List.of(
          "{{",
          "}}",
          "{%",
          "%}",
          "{#",
          "#}",
          "-",
          "+",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          "|",
          ".",
          ",",
          ":",
          "::-1",
          "'",
          "\"",
          "\\",
          "~",
          "**",
          "//",
          "%",
          " is ",
          " not ",
          " in ",
          " if ",
          " else ",
          "{% endif %}",
          "{% endfor %}",
          "{% for x in messages %}",
          "{% raw %}",
          "|tojson",
          "|length",
          "|sort",
          "|map('upper')",
          "|list",
          "[0]",
          "[-1]",
          ".items()",
          ".get('role')",
          "loop",
          "messages",
          "none",
          "range(9999)",
          "namespace()",
          "99999999999",
          "0.5",
          "\n",
          "😀",
          "\ud83d",
          "\0",
          "|replace('', 'x')",
          "*99999",
          "[messages]*3",
          "{% set x = messages %}",
          "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}");

  @Test
  void noMutationCrashes() throws IOException {
    long seed = Long.getLong("seed", 20260307L);
    int mutations = Integer.getInteger("iterations", MUTATIONS);
    System.out.println("MutatedTemplateTest seed=" + seed + " iterations=" + mutations);
    Random random = new Random(seed);
    List<String> templates = new ArrayList<>();
    for (String name : Golden.templateNames()) {
      templates.add(Golden.template(name));
    }
    JsonNode conversations = Golden.json("conversations");
    int rendered = 0;
    for (int i = 0; i < mutations; i++) {
      String template = mutated(templates.get(random.nextInt(templates.size())), random);
      for (String name : List.of("tool_results", "thinking")) {
        rendered += survives(template, conversations.get(name), seed, i) ? 1 : 0;
      }
    }
    assertTrue(rendered > mutations / 20, "only " + rendered + " mutations still render");
    assertTrue(rendered < mutations * 2, "no mutation did any harm");
  }

  private static boolean survives(String template, JsonNode conversation, long seed, int round) {
    long start = System.nanoTime();
    boolean renders = false;
    try {
      ChatTemplate.parse(template, "<s>", "</s>")
          .render(Golden.messages(conversation), RenderOptions.at(Golden.NOW));
      renders = true;
    } catch (ChatTemplateException expected) {
      assertTrue(expected.line() >= 1 && expected.column() >= 1, template);
    } catch (RuntimeException | StackOverflowError crash) {
      fail("seed " + seed + ", round " + round + ": " + template, crash);
    }
    long nanos = System.nanoTime() - start;
    assertTrue(nanos < LONGEST.toNanos(), () -> "round " + round + " took " + nanos + " ns");
    return renders;
  }

  private static String mutated(String template, Random random) {
    StringBuilder text = new StringBuilder(template);
    for (int change = random.nextInt(4); change >= 0; change--) {
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + 1 + random.nextInt(12));
      switch (random.nextInt(4)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
        case 2 -> text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
        default -> text.insert(at, text.substring(random.nextInt(at + 1), at));
      }
      text.append(' ');
    }
    return text.toString();
  }
}
