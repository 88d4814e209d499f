package dev.palimpsest.engine.chat;

import static dev.palimpsest.engine.chat.Templates.failure;
import static dev.palimpsest.engine.chat.Templates.render;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Every limit holds exactly where it is stated: the last allowed value passes, the next fails. */
final class LimitsTest {

  @Test
  void templateLength() {
    assertEquals(Limits.TEMPLATE_CHARS, render("x".repeat(Limits.TEMPLATE_CHARS)).length());
    assertLimit("longer than 262144 characters", "x".repeat(Limits.TEMPLATE_CHARS + 1));
  }

  @Test
  void nestingOfBrackets() {
    int levels = Limits.NESTING - 2;
    assertEquals("1", render("{{ " + "(".repeat(levels) + "1" + ")".repeat(levels) + " }}"));
    levels++;
    assertLimit(
        "nested deeper than 128", "{{ " + "(".repeat(levels) + "1" + ")".repeat(levels) + " }}");
    assertLimit("nested deeper than 128", "{{ " + "not ".repeat(200) + "1 }}");
    assertLimit("nested deeper than 128", "{{ 1" + "+1".repeat(200) + " }}");
    assertLimit("nested deeper than 128", "{{ s" + "|trim".repeat(200) + " }}");
  }

  @Test
  void nestingOfStatements() {
    int levels = Limits.NESTING - 2;
    assertEquals("x", render("{% if 1 %}".repeat(levels) + "x" + "{% endif %}".repeat(levels)));
    levels = Limits.NESTING;
    assertLimit(
        "nested deeper than 128", "{% if 1 %}".repeat(levels) + "x" + "{% endif %}".repeat(levels));
  }

  @Test
  void loopIterationsInTotal() {
    String loops = "{% for a in range(1000) %}{% for b in range(N) %}{% endfor %}{% endfor %}";
    assertEquals("", render(loops.replace("N", "999")));
    assertLimit("the loops turn more than 1000000 times", loops.replace("N", "1000"));
  }

  @Test
  void outputLength() {
    String half = "{{ 'x' * " + Limits.OUTPUT_CHARS / 2 + " }}";
    assertEquals(Limits.OUTPUT_CHARS, render(half + half).length());
    assertLimit("a text is longer than 4194304 characters", half + half + "x");
    assertLimit("a text is longer than", "{{ 'x' * 900000000000000000 }}");
    assertLimit("a text is longer than", "{{ ('x' * 4000000).replace('x', 'y' * 4000000) }}");
    assertLimit("a text is longer than", "{{ range(1000)|join('y' * 100000) }}");
  }

  @Test
  void work() {
    String loop = "{% for a in range(31) %}{% set x = 'x' * 4194304 %}{% endfor %}";
    assertEquals("", render(loop));
    assertLimit("units of work", loop.replace("31", "32"));
    assertLimit("units of work", "{% set l = range(900000000000000000) %}");
    assertLimit("units of work", "{% set l = range(-900000000000000000, 900000000000000000) %}");
  }

  /** A naive search for a long part in a long text would take hours. */
  @Test
  void workOfSearches() {
    String texts = "{% set a = 'a' * 4000000 %}{% set b = 'a' * 2000000 ~ 'b' %}";
    assertLimit("units of work", texts + "{{ a.find(b) }}");
    assertLimit("units of work", texts + "{{ b in a }}");
    assertLimit("units of work", texts + "{{ a.split(b) }}");
    assertLimit("units of work", texts + "{{ a|replace(b, '') }}");
  }

  @Test
  void lengthOfNames() {
    assertEquals("", render("{{ " + "x".repeat(Limits.NAME_CHARS) + " }}"));
    assertLimit("a name longer than 256", "{{ " + "x".repeat(Limits.NAME_CHARS + 1) + " }}");
  }

  @Test
  void macroCallsInsideEachOther() {
    String macro =
        "{% macro f(k) %}{% if k > 1 %}{{ f(k - 1) }}{% endif %}{% endmacro %}{{ f(N) }}";
    assertEquals("", render(macro.replace("N", String.valueOf(Limits.MACRO_DEPTH))));
    assertLimit(
        "macros call each other deeper than 64",
        macro.replace("N", String.valueOf(Limits.MACRO_DEPTH + 1)));
    assertLimit("macros call each other", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}");
  }

  /** Trees of 100 levels times macro calls stay within a quarter of the usual stack. */
  @Test
  void deepestEvaluationFitsASmallStack() throws InterruptedException {
    String deep = "(".repeat(80) + "f()" + ")".repeat(80);
    String chain = "{{ 1" + "+1".repeat(120) + " }}";
    String nested =
        "{% if 1 %}".repeat(40) + "{{ [[[[[[[[f()]]]]]]]] }}" + "{% endif %}".repeat(40);
    for (String body : List.of("{{ " + deep + " }}", chain + "{{ f() }}", nested)) {
      String template = "{% macro f() %}" + body + "{% endmacro %}{{ f() }}";
      Throwable[] thrown = new Throwable[1];
      Thread thread = new Thread(null, () -> render(template), "small stack", 512 * 1024);
      thread.setUncaughtExceptionHandler((ignored, failure) -> thrown[0] = failure);
      thread.start();
      thread.join();
      assertTrue(thrown[0] instanceof ChatTemplateException, String.valueOf(thrown[0]));
    }
  }

  @Test
  void evaluationDepth() {
    String nested = "{% if 1 %}".repeat(40) + "{{ f() }}" + "{% endif %}".repeat(40);
    assertLimit(
        "evaluation nests deeper than 512", "{% macro f() %}" + nested + "{% endmacro %}{{ f() }}");
  }

  @Test
  void depthOfValues() {
    String grow =
        "{% set ns = namespace(x=0) %}{% for a in range(N) %}{% set ns.x = [ns.x] %}{% endfor %}{{ (ns.x|tojson)[0] }}";
    assertEquals("[", render(grow.replace("N", String.valueOf(Limits.VALUE_DEPTH))));
    assertLimit(
        "a value nests deeper than 100", grow.replace("N", String.valueOf(Limits.VALUE_DEPTH + 1)));
    String open = "[".repeat(Limits.VALUE_DEPTH);
    String close = "]".repeat(Limits.VALUE_DEPTH);
    assertTrue(JsonValue.parse(open + close) instanceof JsonValue.Array);
    assertThrows(IllegalArgumentException.class, () -> JsonValue.parse("[" + open + close + "]"));
  }

  @Test
  void sharedValuesThatGrowWithoutBoundAreCutOff() {
    String grow =
        "{% set ns = namespace(x=[1]) %}{% for a in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}";
    assertLimit("a text is longer than", grow + "{{ ns.x|tojson }}");
    assertLimit("a text is longer than", grow + "{{ ns.x }}");
    assertLimit("units of work", grow + "{{ ns.x == ns.x }}");
    assertLimit("cannot be a key", grow + "{{ {ns.x: 1} }}");
    assertEquals("False", render(grow + "{{ ns.x in m }}"));
  }

  @Test
  void indentation() {
    assertEquals(
        "[\n" + " ".repeat(Limits.INDENT) + "1\n]", render("{{ [1]|tojson(indent=1000000000) }}"));
    assertEquals(Limits.INDENT + 3, render("{{ 'a\\nb'|indent(1000000000) }}").length());
  }

  private static void assertLimit(String message, String template) {
    String found = String.valueOf(failure(template).getMessage());
    assertTrue(found.contains(message), found);
  }
}
