package dev.palimpsest.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class GoldenPromptTest {

  @TestFactory
  List<DynamicTest> everyPromptEqualsTheReference() throws IOException {
    JsonNode conversations = Golden.json("conversations");
    List<DynamicTest> tests = new ArrayList<>();
    for (String name : Golden.templateNames()) {
      JsonNode golden = Golden.json(name);
      ChatTemplate template =
          ChatTemplate.parse(
              Golden.template(name),
              golden.get("bos_token").asText(),
              golden.get("eos_token").asText());
      for (JsonNode goldenCase : golden.get("cases")) {
        JsonNode conversation = conversations.get(goldenCase.get("conversation").asText());
        tests.add(
            DynamicTest.dynamicTest(
                name + " " + withoutPrompt(goldenCase),
                () -> check(template, conversation, goldenCase)));
      }
    }
    assertTrue(tests.size() >= 140, "only " + tests.size() + " cases found");
    return tests;
  }

  @Test
  void builtInChatMlEqualsTheReference() throws IOException {
    JsonNode conversations = Golden.json("conversations");
    for (JsonNode goldenCase : Golden.json("chatml").get("cases")) {
      JsonNode conversation = conversations.get(goldenCase.get("conversation").asText());
      check(ChatTemplate.chatMl(), conversation, goldenCase);
    }
  }

  private static void check(ChatTemplate template, JsonNode conversation, JsonNode goldenCase) {
    String prompt =
        template.render(Golden.messages(conversation), Golden.options(conversation, goldenCase));
    assertEquals(goldenCase.get("prompt").asText(), prompt);
  }

  private static String withoutPrompt(JsonNode goldenCase) {
    return goldenCase.get("conversation").asText()
        + (goldenCase.get("add_generation_prompt").asBoolean() ? " +prompt " : " ")
        + goldenCase.path("chat_template_kwargs");
  }
}
