package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.Message;
import dev.palimpsest.runtime.bridge.TextModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Calls of tools as the model reads them. What a tool says stands in the tool's role and nowhere
 * else, and what had no room is named at its end.
 */
final class ToolMessages {
  /** Of what is left of the window an answer takes a half at most; there may be another call. */
  private static final int SHARE = 2;

  private static final String NOTHING = "Nothing was found.";
  private static final String SILENT = "Done; the tool answered without a text.";
  private static final String BROKEN = "The tool is broken; the service's log says what.";

  private final TextModel model;
  private final Conversation conversation;
  private final TurnEvent.ToolCalled called;
  private final Map<MemoryId, Memory> found;

  /**
   * @param conversation with the calls before this one
   * @param called whose answer is to be fitted
   * @param found memories that it may name
   */
  ToolMessages(
      TextModel model,
      Conversation conversation,
      TurnEvent.ToolCalled called,
      Map<MemoryId, Memory> found) {
    this.model = model;
    this.conversation = conversation;
    this.called = called;
    this.found = found;
  }

  /** All calls that were answered. */
  static List<Message> of(List<ToolUse> uses, Map<MemoryId, Memory> found) {
    List<Message> messages = new ArrayList<>();
    for (ToolUse use : uses) {
      TurnEvent.ToolAnswered answered = use.answered();
      if (answered != null) {
        messages.addAll(of(use.called(), answered, found));
      }
    }
    return messages;
  }

  private static List<Message> of(
      TurnEvent.ToolCalled called, TurnEvent.ToolAnswered answered, Map<MemoryId, Memory> found) {
    Message.Call call = new Message.Call(called.call(), called.tool(), called.arguments());
    return List.of(
        Message.calling(called.said(), call),
        Message.answering(call, text(called, answered, found)));
  }

  private static String text(
      TurnEvent.ToolCalled called, TurnEvent.ToolAnswered answered, Map<MemoryId, Memory> found) {
    String lines =
        answered.found().stream()
            .map(one -> found.get(one.memory()))
            .filter(Objects::nonNull)
            .map(memory -> MemoryLine.of(memory, UnaryOperator.identity()).text())
            .collect(Collectors.joining("\n"));
    String said = answered.text().isEmpty() ? lines : answered.text();
    if (answered.charactersLeft() > 0) {
      String left = "[cut: " + answered.charactersLeft() + " more characters]";
      return said.isEmpty() ? left : said + "\n" + left;
    }
    return said.isEmpty() ? empty(called) : said;
  }

  private static String empty(TurnEvent.ToolCalled called) {
    return called.tool().equals(Tool.BuiltIn.MEMORY_SEARCH.calledName()) ? NOTHING : SILENT;
  }

  /** What stands for the answer of a tool of ours that broke. */
  static TurnEvent.ToolAnswered broken(TurnEvent.ToolCalled called) {
    return new TurnEvent.ToolAnswered(called.call(), true, BROKEN, 0, List.of(), 0);
  }

  /** An answer of which nothing is told but how long it was. */
  static TurnEvent.ToolAnswered untold(TurnEvent.ToolAnswered answered) {
    return shortened(answered, 0, 0);
  }

  /**
   * The answer, shortened until it takes its share of the window.
   *
   * @param promptTokens that the model may read
   */
  TurnEvent.ToolAnswered fitting(TurnEvent.ToolAnswered answered, int promptTokens) {
    int before = tokens(shortened(answered, 0, 0));
    int most = before + Math.max(0, promptTokens - before) / SHARE;
    TurnEvent.ToolAnswered fitting = answered;
    int tokens = tokens(fitting);
    while (tokens > most && (!fitting.text().isEmpty() || !fitting.found().isEmpty())) {
      int characters = (int) ((long) fitting.text().length() * (most - before) / (tokens - before));
      int memories = fitting.found().size() * (most - before) / (tokens - before);
      fitting =
          shortened(
              answered,
              Math.clamp(characters, 0, Math.max(0, fitting.text().length() - 1)),
              Math.clamp(memories, 0, Math.max(0, fitting.found().size() - 1)));
      tokens = tokens(fitting);
    }
    return fitting;
  }

  private int tokens(TurnEvent.ToolAnswered answered) {
    List<Message> messages = new ArrayList<>(conversation.used());
    messages.addAll(of(called, answered, found));
    return model.tokens(conversation.having(messages).prompt());
  }

  private static TurnEvent.ToolAnswered shortened(
      TurnEvent.ToolAnswered whole, int characters, int memories) {
    String text = whole.text();
    boolean isBetween =
        characters > 0
            && characters < text.length()
            && Character.isHighSurrogate(text.charAt(characters - 1));
    int end = isBetween ? characters - 1 : Math.min(characters, text.length());
    return new TurnEvent.ToolAnswered(
        whole.call(),
        whole.isError(),
        text.substring(0, end),
        whole.charactersLeft() + text.length() - end,
        whole.found().subList(0, Math.min(memories, whole.found().size())),
        whole.millis());
  }
}
