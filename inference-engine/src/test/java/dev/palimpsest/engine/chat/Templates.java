package dev.palimpsest.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;

/** Short ways to render a template text and to look at its error. */
final class Templates {
  private static final JsonValue VARIABLES =
      JsonValue.parse(
          """
          {"s": "Hello World", "u": "Zürich 😀x", "l": [1, 2, 3], "w": ["b", "A", "c"],
           "m": {"b": 1, "A": 2, "c": [1, {"x": null}]}, "n": null, "t": true, "f": false,
           "i": 7, "r": 2.5, "e": "", "q": "it's \\"q\\"", "lines": "a\\n\\nb\\n c",
           "ms": [{"role": "user", "n": 3}, {"role": "tool", "n": 1}, {"role": "user", "n": 2}]}
          """);

  private Templates() {}

  static RenderOptions options() {
    Map<String, JsonValue> variables = ((JsonValue.Fields) VARIABLES).entries();
    return RenderOptions.at(Golden.NOW).withVariables(variables);
  }

  static String render(String template) {
    return ChatTemplate.parse(template, "<s>", "</s>")
        .render(List.of(ChatMessage.of("user", "hi")), options());
  }

  static void assertRenders(String expected, String template) {
    assertEquals(expected, render(template), template);
  }

  static ChatTemplateException failure(String template) {
    return assertThrows(ChatTemplateException.class, () -> render(template), template);
  }
}
