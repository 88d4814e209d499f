package dev.palimpsest.engine.chat;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a prompt depends on besides the messages.
 *
 * @param addGenerationPrompt whether the prompt ends with the beginning of an assistant's message
 * @param tools the tools that the model may call, each in the form of the chat-completions protocol
 *     ({@code {"type": "function", "function": {…}}})
 * @param variables what else the template sees, for example {@code enable_thinking}; that one is
 *     true unless given here, as in the reference
 * @param now the local time that templates with a date write
 */
public record RenderOptions(
    boolean addGenerationPrompt,
    List<JsonValue> tools,
    Map<String, JsonValue> variables,
    LocalDateTime now) {
  private static final Set<String> RESERVED =
      Set.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token");

  /** Copies the collections and refuses variables whose names are taken. */
  public RenderOptions {
    tools = List.copyOf(tools);
    variables = Map.copyOf(variables);
    for (String name : variables.keySet()) {
      if (RESERVED.contains(name)) {
        throw new IllegalArgumentException("the template variable '" + name + "' is reserved");
      }
    }
  }

  /** With the generation prompt, without tools and variables. */
  public static RenderOptions at(LocalDateTime now) {
    return new RenderOptions(true, List.of(), Map.of(), now);
  }

  /** The same with or without the generation prompt. */
  public RenderOptions withGenerationPrompt(boolean added) {
    return new RenderOptions(added, tools, variables, now);
  }

  /** The same with these tools. */
  public RenderOptions withTools(List<JsonValue> tools) {
    return new RenderOptions(addGenerationPrompt, tools, variables, now);
  }

  /** The same with these variables and no others. */
  public RenderOptions withVariables(Map<String, JsonValue> variables) {
    return new RenderOptions(addGenerationPrompt, tools, variables, now);
  }
}
