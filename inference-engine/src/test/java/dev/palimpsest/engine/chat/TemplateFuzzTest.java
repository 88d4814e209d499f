package dev.palimpsest.engine.chat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.fuzz.ByteMutator;
import dev.palimpsest.engine.fuzz.Fuzzer;
import dev.palimpsest.engine.fuzz.Target;
import dev.palimpsest.engine.fuzz.Target.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Texts that are no templates, or nearly some: refused at a place, or a prompt, and soon. */
class TemplateFuzzTest {
  /** A rendering's work is limited, and with it what it takes; most of that is garbage at once. */
  private static final Target.Bounds BOUNDS = new Target.Bounds(4 << 20, 4_000, 4L << 30, 30);

  private static final String[] WORDS = {
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "{%-",
    "-%}",
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
    " and ",
    " or ",
    "{% endif %}",
    "{% endfor %}",
    "{% else %}",
    "{% elif x %}",
    "{% for x in messages %}",
    "{% raw %}",
    "{% endraw %}",
    "|tojson",
    "|length",
    "|sort",
    "|map('upper')",
    "|map(attribute='role')",
    "|selectattr('role', 'equalto', 'user')",
    "|list",
    "|join(',')",
    "|dictsort",
    "|items",
    "|indent(9)",
    "|batch(2)",
    "|unique",
    "|groupby('role')",
    "|replace('', 'x')",
    "|default('x', true)",
    "[0]",
    "[-1]",
    "[1:]",
    ".items()",
    ".get('role')",
    ".split('a')",
    ".strip()",
    ".startswith('<')",
    "loop.index0",
    "loop.last",
    "messages",
    "tools",
    "none",
    "true",
    "range(9999)",
    "namespace(a=1)",
    "99999999999",
    "-9223372036854775808",
    "0.5",
    "1e308",
    "\n",
    "\0",
    "*99999",
    "[messages]*3",
    "{% set x = messages %}",
    "{% set ns.a = 1 %}",
    "{% set x %}",
    "{% endset %}",
    "{% generation %}",
    "{% break %}",
    "{% continue %}",
    "{% macro f(a, b=1) %}{{ f(a) }}{% endmacro %}{{ f(1) }}",
    "{% call f() %}",
    "{% filter upper %}",
    "raise_exception('no')",
    "strftime_now('%Y')",
    " is defined",
    " is string",
    " is mapping"
  };

  private static final JsonValue ARGUMENTS =
      JsonValue.parse("{\"city\":\"Zürich\",\"days\":[1,2.5]}");
  private static final List<ChatMessage> MESSAGES =
      List.of(
          ChatMessage.of("system", "Be brief."),
          ChatMessage.of("user", "Wie ist das Wetter? 😀 <|im_end|>\n{{ x }}"),
          ChatMessage.calling("", List.of(new ToolCall("call1", "weather", ARGUMENTS)))
              .withReasoning("I should look."),
          ChatMessage.answering("call1", "weather", "{\"sun\": true}"),
          ChatMessage.of("assistant", "Sunny."),
          ChatMessage.of("user", ""));
  private static final JsonValue TOOL =
      JsonValue.parse(
          """
          {"type": "function", "function": {"name": "weather", "description": "Tells it.",
           "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}
          """);
  private static final RenderOptions OPTIONS =
      RenderOptions.at(Golden.NOW)
          .withTools(List.of(TOOL))
          .withVariables(Map.of("enable_thinking", new JsonValue.Bool(false)));

  @Test
  void anyTextIsRefusedAtAPlaceOrMakesAPrompt() {
    new Fuzzer("template", BOUNDS, new ByteMutator(WORDS), TemplateFuzzTest::read)
        .run(1_000, List.of());
  }

  private static Outcome read(byte[] input) {
    // What is no character becomes half of one, which no file can hold, but a request can.
    String text = new String(input, StandardCharsets.UTF_8).replace('\ufffd', '\ud83d');
    try {
      ChatTemplate template = ChatTemplate.parse(text, "<s>", "</s>");
      return new Outcome.Taken(() -> render(template));
    } catch (ChatTemplateException e) {
      return new Outcome.Refused(said(e));
    }
  }

  private static String render(ChatTemplate template) {
    try {
      String prompt = template.render(MESSAGES, OPTIONS);
      assertTrue(prompt.length() <= Limits.OUTPUT_CHARS);
      return prompt.isEmpty() ? "nothing" : "a prompt";
    } catch (ChatTemplateException e) {
      return said(e);
    }
  }

  /** Without the place and the construct, which may be named anyhow. */
  private static String said(ChatTemplateException e) {
    assertTrue(e.line() >= 1 && e.column() >= 1, e::getMessage);
    String message = String.valueOf(e.getMessage());
    return message.substring(message.indexOf(e.construct()) + e.construct().length());
  }
}
