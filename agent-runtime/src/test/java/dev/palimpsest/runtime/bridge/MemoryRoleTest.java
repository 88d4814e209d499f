package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.engine.chat.ChatTemplate;
import dev.palimpsest.engine.chat.RenderOptions;
import java.time.LocalDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryRoleTest {
  private static final String PASSES_OVER =
      """
      {%- for m in messages %}{% if m.role == 'user' %}[u]{{ m.content }}{% elif m.role == \
      'assistant' %}[a]{{ m.content }}{% endif %}{% endfor %}\
      """;
  private static final String REFUSES =
      """
      {%- for m in messages %}{% if m.role not in ['user', 'assistant'] %}\
      {{ raise_exception('no such role') }}{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}\
      """;
  private static final List<Message> CONVERSATION =
      List.of(
          Message.user("Hi."),
          Message.assistant("Hello."),
          Message.memory("Mara: I moved.\nTom: I stayed."),
          Message.user("Who moved?"));

  @Test
  void aTemplateThatKnowsTheRoleIsGivenIt() {
    assertEquals(
        """
        <|im_start|>user
        Hi.<|im_end|>
        <|im_start|>assistant
        Hello.<|im_end|>
        <|im_start|>memory
        Mara: I moved.
        Tom: I stayed.<|im_end|>
        <|im_start|>user
        Who moved?<|im_end|>
        <|im_start|>assistant
        """,
        rendered(ChatTemplate.chatMl()));
  }

  @Test
  void toATemplateThatPassesOverItOrRefusesItMemoriesAreToldWithTheQuestion() {
    assertEquals(
        "[u]Hi.[a]Hello.[u]Mara: I moved.\nTom: I stayed.\n\nWho moved?",
        rendered(ChatTemplate.parse(PASSES_OVER, "", "")));
    assertEquals(
        "[user]Hi.[assistant]Hello.[user]Mara: I moved.\nTom: I stayed.\n\nWho moved?",
        rendered(ChatTemplate.parse(REFUSES, "", "")));
  }

  @Test
  void withoutATemplateMemoriesStandOnLinesOfTheirOwn() {
    assertEquals(
        List.of("Hi.", "Hello.", "Mara: I moved.\nTom: I stayed.\n\nWho moved?"),
        MemoryRole.none().messages(CONVERSATION).stream()
            .map(message -> message.content())
            .toList());
  }

  private static String rendered(ChatTemplate template) {
    return template.render(
        new MemoryRole(template).messages(CONVERSATION),
        RenderOptions.at(LocalDateTime.of(2026, 3, 1, 10, 0)));
  }
}
