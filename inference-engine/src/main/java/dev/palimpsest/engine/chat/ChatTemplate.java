package dev.palimpsest.engine.chat;

import java.util.List;

/**
 * A parsed chat template. Immutable and safe to share between threads; a rendering takes time in
 * proportion to the prompt, and never more than {@link Limits} allow.
 *
 * <p>Prompts are those of the reference (llama.cpp). Three of its repairs are not in the templates
 * and are made here: one BOS that the template writes at the very start is removed, because
 * tokenisation adds it; the arguments of a tool call given as a JSON string become the value that
 * the string holds; and for templates which read reasoning from chunks of the content (Ministral
 * 3), it is given to them so.
 */
public final class ChatTemplate {
  private static final String CHAT_ML =
      """
      {%- for message in messages %}
      {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}
      {{- '<|im_start|>assistant\\n' }}
      {%- endif %}
      """;
  private static final String PLAIN =
      "{% for message in messages %}{{ message['content'] }}{% endfor %}";

  private final Source source;
  private final List<Node> nodes;
  private final String bosToken;
  private final String eosToken;
  private final boolean thinkingChunks;

  private ChatTemplate(Source source, String bosToken, String eosToken) {
    this.source = source;
    this.nodes = Parser.parse(source);
    this.bosToken = bosToken;
    this.eosToken = eosToken;
    this.thinkingChunks =
        source.text().contains("[THINK]") && source.text().contains("block['thinking']");
  }

  /**
   * Parses the Jinja text of a model.
   *
   * @param source {@code tokenizer.chat_template}; not trusted
   * @param bosToken text of the beginning-of-sequence token; empty if the model has none
   * @param eosToken text of the end-of-sequence token; empty if the model has none
   * @throws ChatTemplateException if the text is not a template that we understand
   */
  public static ChatTemplate parse(String source, String bosToken, String eosToken) {
    return new ChatTemplate(Source.of(source), bosToken, eosToken);
  }

  /**
   * The ChatML format, for models that know its two tokens and carry no template: every message
   * between {@code <|im_start|>} with its role and {@code <|im_end|>}. Tools are not described.
   */
  public static ChatTemplate chatMl() {
    return parse(CHAT_ML, "", "");
  }

  /**
   * For base models without a chat format: the contents of the messages, one after the other, with
   * nothing between, before or after them. Roles, reasoning, tools and tool calls are left out.
   */
  public static ChatTemplate plain() {
    return parse(PLAIN, "", "");
  }

  /**
   * Renders the prompt for a conversation.
   *
   * @throws ConversationRefusedException if the template does not accept these messages
   * @throws ChatTemplateException if the template fails, or a limit is reached
   */
  public String render(List<ChatMessage> messages, RenderOptions options) {
    Run run = new Run(source, options.now());
    Scope scope = new Context(run, thinkingChunks).scope(messages, options);
    scope.set("bos_token", new Value.Text(bosToken));
    scope.set("eos_token", new Value.Text(eosToken));
    String prompt = new Renderer(run).render(nodes, scope);
    boolean doubled = !bosToken.isEmpty() && prompt.startsWith(bosToken);
    return doubled ? prompt.substring(bosToken.length()) : prompt;
  }
}
