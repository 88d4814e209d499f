package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.chat.ChatTemplate;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Memories in templates that know them and in others. */
class PromptWriterTest {
  /** As training/reader/template.py writes it into the bundled model. */
  static final String READER =
      "{%- for message in messages -%}"
          + "{{- '<|im_start|>' + message.role + '\\n' -}}"
          + "{%- if message.role == 'assistant' -%}{{- ' ' -}}{%- endif -%}"
          + "{{- message.content | trim -}}"
          + "{{- '<|im_end|>\\n' -}}"
          + "{%- endfor -%}"
          + "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}";

  private static final String LINES =
      "[5 March 2023] Mara: I moved to Oslo.\n[9 April 2024] Tom: Mara works as a potter.";
  private static final Prompt PROMPT =
      new Prompt(
          List.of(
              Message.user("Hello."),
              Message.assistant("Hi."),
              Message.memory(LINES),
              Message.user("Where does Mara live?")),
          Instant.parse("2026-03-01T10:00:00Z"));

  @Test
  void aTemplateThatKnowsMemoriesGetsThemAsAMessage() {
    PromptWriter writer = writer(READER);
    assertTrue(writer.knowsMemory());
    assertEquals(
        "<|im_start|>user\nHello.<|im_end|>\n<|im_start|>assistant\n Hi.<|im_end|>\n"
            + "<|im_start|>memory\n"
            + LINES
            + "<|im_end|>\n<|im_start|>user\nWhere does Mara live?<|im_end|>\n"
            + "<|im_start|>assistant\n",
        writer.write(PROMPT));
  }

  /** As Qwen's do. */
  @Test
  void aTemplateThatDropsUnknownRolesGetsThemFromTheUser() {
    expectFolded(
        "{% for m in messages %}{% if m.role in ['user', 'assistant', 'system'] %}"
            + "<{{ m.role }}>{{ m.content }}{% endif %}{% endfor %}");
  }

  /** As Mistral's and Gemma's do. */
  @Test
  void aTemplateThatRefusesUnknownRolesGetsThemFromTheUser() {
    expectFolded(
        "{% for m in messages %}{% if m.role not in ['user', 'assistant', 'system'] %}"
            + "{{ raise_exception('Only user and assistant roles are supported') }}{% endif %}"
            + "<{{ m.role }}>{{ m.content }}{% endfor %}");
  }

  @Test
  void aTemplateThatTakesUnknownRolesForAnotherGetsThemFromTheUser() {
    expectFolded(
        "{% for m in messages %}<{% if m.role == 'user' %}user{% else %}assistant{% endif %}>"
            + "{{ m.content }}{% endfor %}");
  }

  @Test
  void aTemplateThatStumblesOverARoleGetsThemFromTheUser() {
    expectFolded(
        "{% set names = {'user': 'user', 'assistant': 'assistant', 'system': 'system'} %}"
            + "{% for m in messages %}{{ '<' + names[m.role] + '>' + m.content }}{% endfor %}");
  }

  @Test
  void aModelWithoutATemplateGetsThemFromTheUser() {
    PromptWriter writer = new PromptWriter(ChatTemplate.plain());
    assertFalse(writer.knowsMemory());
    assertTrue(
        writer.write(PROMPT).contains("Hi.From memory:\n> [5 March 2023] Mara: I moved to Oslo.\n"),
        () -> writer.write(PROMPT));
  }

  /** As Qwen's and Hermes' do. */
  @Test
  void aTemplateThatWritesCallsInOurFormIsToldOfTools() {
    String template =
        "{% if tools %}<tools>{% for t in tools %}{{ t | tojson }}{% endfor %}</tools>{% endif %}"
            + "{% for m in messages %}<{{ m.role }}>{{ m.content }}"
            + "{% for c in m.tool_calls %}<tool_call>\n{\"name\": \"{{ c.function.name }}\", "
            + "\"arguments\": {{ c.function.arguments | tojson }}}\n</tool_call>{% endfor %}"
            + "{% endfor %}";
    PromptWriter writer = writer(template);
    assertTrue(writer.knowsTools());
    ToolFace tool = new ToolFace("send", "Sends it.", "{\"type\":\"object\"}");
    Message.Call call = new Message.Call("call-1", "send", "{\"to\":\"Mara\"}");
    List<Message> messages =
        List.of(
            Message.user("Tell her."),
            Message.calling("I will.", call),
            Message.answering(call, "sent"));
    assertEquals(
        "<tools>{\"type\": \"function\", \"function\": {\"name\": \"send\", \"description\": "
            + "\"Sends it.\", \"parameters\": {\"type\": \"object\"}}}</tools>"
            + "<user>Tell her.<assistant>I will.<tool_call>\n{\"name\": \"send\", \"arguments\": "
            + "{\"to\": \"Mara\"}}\n</tool_call><tool>sent",
        writer.write(new Prompt(messages, PROMPT.at(), List.of(tool))));
    assertFalse(writer(template.replace("{% if tools %}", "{% if false %}")).knowsTools());
    assertFalse(writer(template.replace("<tool_call>", "[TOOL_CALLS]")).knowsTools());
    assertFalse(writer(READER).knowsTools());
    assertFalse(new PromptWriter(ChatTemplate.plain()).knowsTools());
  }

  private static void expectFolded(String template) {
    PromptWriter writer = writer(template);
    assertFalse(writer.knowsMemory());
    assertEquals(
        """
        <user>Hello.<assistant>Hi.<user>From memory:
        > [5 March 2023] Mara: I moved to Oslo.
        > [9 April 2024] Tom: Mara works as a potter.

        Where does Mara live?\
        """,
        writer.write(PROMPT));
  }

  private static PromptWriter writer(String template) {
    return new PromptWriter(ChatTemplate.parse(template, "", ""));
  }
}
