package dev.palimpsest.engine.chat;

import static dev.palimpsest.engine.chat.Templates.failure;
import static dev.palimpsest.engine.chat.Templates.render;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ErrorTest {

  @Test
  void errorsNameLineColumnAndConstruct() {
    ChatTemplateException failure = failure("a\n  {{ s|nosuch }}");
    assertEquals("line 2, column 7, filter 'nosuch': unknown filter", failure.getMessage());
    assertEquals(2, failure.line());
    assertEquals(7, failure.column());
    assertEquals("filter 'nosuch'", failure.construct());
  }

  @Test
  void refusalsCarryTheTemplatesOwnWords() {
    ConversationRefusedException refusal =
        assertThrows(
            ConversationRefusedException.class,
            () ->
                render(
                    "{% if true %}\n{{ raise_exception('roles must ' ~ 'alternate') }}{% endif %}"));
    assertEquals("roles must alternate", refusal.reason());
    assertEquals(2, refusal.line());
  }

  @Test
  void longRefusalsAreCut() {
    ConversationRefusedException refusal =
        assertThrows(
            ConversationRefusedException.class, () -> render("{{ raise_exception('x' * 5000) }}"));
    assertEquals(Limits.REFUSAL_CHARS, refusal.reason().length());
  }

  @Test
  void brokenSyntaxIsToldWhereItIs() {
    assertMessage("column 1, if: 'endif' is missing", "{% if true %}x");
    assertMessage("column 4, string: the closing quote is missing", "{{ 'abc }}");
    assertMessage("expected the end of the tag, found 'b'", "{{ a b }}");
    assertMessage("column 3, tag: '%}' is missing", "{% if a");
    assertMessage("expected an expression, found the end of the tag", "{{ 1 + }}");
    assertMessage("foo: unknown or misplaced statement", "{% foo %}");
    assertMessage("endif: unknown or misplaced statement", "a{% endif %}");
    assertMessage("comment: '#}' is missing", "{# a");
    assertMessage("break: stands outside a loop", "{% break %}");
    assertMessage("unexpected character '!'", "{{ a ! b }}");
    assertMessage("']' closes nothing", "{{ a] }}");
    assertMessage("bad escape", "{{ '\\u12' }}");
    assertMessage("import: unknown or misplaced statement", "{% import 'x' as y %}");
  }

  @Test
  void wrongTypesAreToldWithTheirNames() {
    assertMessage("operator '+': cannot be applied to a string and an integer", "{{ s + 1 }}");
    assertMessage("operator '+': 'x' is undefined", "{{ x + 'a' }}");
    assertMessage("attribute 'b': 'a' is undefined", "{{ a.b }}");
    assertMessage("'foo' is undefined", "{{ foo() }}");
    assertMessage("for: an integer cannot be iterated", "{% for a in 5 %}{% endfor %}");
    assertMessage("cannot unpack 3 values into 2 names", "{% for a, b in [[1,2,3]] %}{% endfor %}");
    assertMessage("set: 's' is not a namespace", "{% set s.x = 1 %}");
    assertMessage("operator '//': division by zero", "{{ 1 // 0 }}");
    assertMessage("beyond 64 bits", "{{ 10 ** 30 }}");
    assertMessage(
        "macro 'f': unexpected argument 'z'", "{% macro f(a) %}{% endmacro %}{{ f(z=1) }}");
    assertMessage("an integer and a string have no order", "{{ ['a', 1]|sort }}");
    assertMessage("test 'nosuch': unknown test", "{{ s is nosuch }}");
    assertMessage("the argument 'sep' must be a string, not an integer", "{{ s.split(1) }}");
    assertMessage("a list cannot be a key", "{{ {[1]: 2} }}");
    assertMessage("a namespace cannot be printed", "{{ namespace() }}");
  }

  @Test
  void nothingOfJavaIsReachable() {
    assertMessage("'getClass' is undefined", "{{ s.getClass() }}");
    assertMessage("'class' is undefined", "{{ s.class.forName('java.lang.Runtime') }}");
    assertMessage("'__class__' is undefined", "{{ s.__class__.__mro__ }}");
    assertMessage("'append' is undefined", "{{ l.append(1) }}");
  }

  private static void assertMessage(String part, String template) {
    String message = String.valueOf(failure(template).getMessage());
    assertTrue(message.contains(part), message);
  }
}
