package dev.palimpsest.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ChatTemplateTest {
  private static final RenderOptions OPTIONS = RenderOptions.at(Golden.NOW);
  private static final String CALLS =
      "{% for m in messages %}{% for c in m.tool_calls %}{{ c|tojson }}{% endfor %}{% endfor %}";

  @Test
  void plainTemplateConcatenatesContents() {
    List<ChatMessage> messages =
        List.of(ChatMessage.of("system", "Once "), ChatMessage.of("user", "upon a time"));
    assertEquals("Once upon a time", ChatTemplate.plain().render(messages, OPTIONS));
  }

  @Test
  void chatMlWrapsEveryMessage() {
    List<ChatMessage> messages = List.of(ChatMessage.of("user", "hi"));
    String prompt = "<|im_start|>user\nhi<|im_end|>\n";
    assertEquals(
        prompt, ChatTemplate.chatMl().render(messages, OPTIONS.withGenerationPrompt(false)));
    assertEquals(
        prompt + "<|im_start|>assistant\n", ChatTemplate.chatMl().render(messages, OPTIONS));
  }

  @Test
  void oneBosAtTheStartIsRemoved() {
    ChatTemplate template = ChatTemplate.parse("{{ bos_token }}<s>a{{ eos_token }}", "<s>", "</s>");
    assertEquals("<s>a</s>", template.render(List.of(), OPTIONS));
    assertEquals("a", ChatTemplate.parse("{{ bos_token }}a", "", "").render(List.of(), OPTIONS));
  }

  @Test
  void argumentsInAStringBecomeAValueAndBrokenOnesStay() {
    assertEquals(
        "{\"id\": \"c1\", \"type\": \"function\", \"function\":"
            + " {\"name\": \"f\", \"arguments\": {\"b\": 1, \"a\": [2.5]}}}",
        renderCall(new ToolCall("c1", "f", new JsonValue.Text("{\"b\":1,\"a\":[2.5]}"))));
    assertEquals(
        "{\"type\": \"function\", \"function\": {\"name\": \"f\", \"arguments\": \"{broken\"}}",
        renderCall(new ToolCall("", "f", new JsonValue.Text("{broken"))));
  }

  private static String renderCall(ToolCall call) {
    return ChatTemplate.parse(CALLS, "", "")
        .render(List.of(ChatMessage.calling("", List.of(call))), OPTIONS);
  }

  @Test
  void absentFieldsAreUndefinedAndContentIsAlwaysThere() {
    String probe =
        "{% set m = messages[0] %}{{ m.content is string }} {{ m.reasoning_content is defined }}"
            + " {{ m.tool_calls is defined }} {{ m.tool_call_id is defined }} {{ tools is none }}"
            + " {{ enable_thinking }}";
    ChatTemplate template = ChatTemplate.parse(probe, "", "");
    assertEquals(
        "True False False False True True",
        template.render(List.of(ChatMessage.of("user", "")), OPTIONS));
    ChatMessage thought = ChatMessage.of("assistant", "").withReasoning("hm");
    Map<String, JsonValue> off = Map.of("enable_thinking", new JsonValue.Bool(false));
    assertEquals(
        "True True False False True False",
        template.render(List.of(thought), OPTIONS.withVariables(off)));
  }

  @Test
  void toolAnswersNameTheirCallAndTool() {
    ChatTemplate template =
        ChatTemplate.parse("{{ messages[0]|tojson }}{{ tools|length }}", "", "");
    RenderOptions options = OPTIONS.withTools(List.of(JsonValue.Fields.EMPTY));
    assertEquals(
        "{\"role\": \"tool\", \"content\": \"7\", \"tool_call_id\": \"c1\", \"name\": \"f\"}1",
        template.render(List.of(ChatMessage.answering("c1", "f", "7")), options));
  }

  @Test
  void textOfMessagesIsNeverReadAsTemplate() {
    String hostile = "{{ raise_exception('x') }}{% for %}";
    assertEquals(
        hostile, ChatTemplate.plain().render(List.of(ChatMessage.of("user", hostile)), OPTIONS));
  }

  @Test
  void reservedVariablesAndEmptyNamesAreRefused() {
    Map<String, JsonValue> reserved = Map.of("messages", JsonValue.Null.NULL);
    assertThrows(IllegalArgumentException.class, () -> OPTIONS.withVariables(reserved));
    assertThrows(IllegalArgumentException.class, () -> ChatMessage.of("", "x"));
    assertThrows(IllegalArgumentException.class, () -> new ToolCall("", "", JsonValue.Null.NULL));
    assertThrows(IllegalArgumentException.class, () -> new JsonValue.Decimal(Double.NaN));
  }

  @Test
  void jsonIsReadStrictlyAndErrorsNameTheOffset() {
    JsonValue parsed =
        JsonValue.parse(" {\"z\": [1, -2.5, 1e3, true, null], \"a\": \"\\u00fc\\n\"} ");
    assertEquals(List.of("z", "a"), List.copyOf(((JsonValue.Fields) parsed).entries().keySet()));
    assertEquals(new JsonValue.Text("ü\n"), ((JsonValue.Fields) parsed).entries().get("a"));
    assertEquals(new JsonValue.Decimal(1e19), JsonValue.parse("10000000000000000000"));
    for (String bad :
        List.of(
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1 2",
            "\"\n\"",
            "tru",
            "{'a':1}",
            "\"\\x\"",
            "1e999",
            "{\"a\":1,\"a\":2}")) {
      IllegalArgumentException error =
          assertThrows(IllegalArgumentException.class, () -> JsonValue.parse(bad), bad);
      assertTrue(String.valueOf(error.getMessage()).startsWith("JSON at offset "), bad);
    }
  }
}
