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

  /** A longer text is read by its beginning and its end where the model can read on. */
  private static final int WHOLE_CHARACTERS_MAX = 8192;

  /** As much of a longer text is read at once. */
  private static final int PART_CHARACTERS = 4096;

  /** Of a part so much is the text's end. */
  private static final int TAIL_SHARE = 4;

  private final TextModel model;
  private final Conversation conversation;
  private final ToolUse use;
  private final Map<MemoryId, Memory> found;

  /**
   * @param conversation with the calls before this one
   * @param use whose answer is to be fitted
   * @param found memories that it may name
   */
  ToolMessages(
      TextModel model, Conversation conversation, ToolUse use, Map<MemoryId, Memory> found) {
    this.model = model;
    this.conversation = conversation;
    this.use = use;
    this.found = found;
  }

  /** Whether a model can read on in what had no room. */
  static boolean mayReadOn(List<Tool> tools) {
    return tools.contains(Tool.BuiltIn.RESULT_READ);
  }

  /** All calls that were answered. */
  static List<Message> of(List<ToolUse> uses, Map<MemoryId, Memory> found, boolean mayReadOn) {
    List<Message> messages = new ArrayList<>();
    for (ToolUse use : uses) {
      if (use.answered() != null) {
        messages.addAll(of(use, use.answered(), found, mayReadOn));
      }
    }
    return messages;
  }

  private static List<Message> of(
      ToolUse use,
      TurnEvent.ToolAnswered answered,
      Map<MemoryId, Memory> found,
      boolean mayReadOn) {
    TurnEvent.ToolCalled called = use.called();
    Message.Call call = new Message.Call(called.call(), called.tool(), called.arguments());
    return List.of(
        Message.calling(called.said(), call),
        Message.answering(call, text(use, answered, found, mayReadOn)));
  }

  private static String text(
      ToolUse use,
      TurnEvent.ToolAnswered answered,
      Map<MemoryId, Memory> found,
      boolean mayReadOn) {
    String lines =
        answered.found().stream()
            .map(one -> found.get(one.memory()))
            .filter(Objects::nonNull)
            .map(memory -> MemoryLine.of(memory, UnaryOperator.identity()).text())
            .collect(Collectors.joining("\n"));
    int between = answered.text().length() - answered.head() - answered.tail();
    List<String> parts = new ArrayList<>();
    parts.add(answered.text().isEmpty() ? lines : answered.text().substring(0, answered.head()));
    if (between > 0 && mayReadOn) {
      parts.add(
          "[cut: %d characters; read on with result_read, handle %s, offset %d]"
              .formatted(between, use.handle(), answered.head()));
      parts.add(answered.end());
    }
    long left = answered.charactersLeft() + (mayReadOn ? 0 : between);
    if (left > 0) {
      parts.add("[cut: " + left + " more characters]");
    }
    String all = parts.stream().filter(part -> !part.isEmpty()).collect(Collectors.joining("\n"));
    return all.isEmpty() ? empty(use.called()) : all;
  }

  private static String empty(TurnEvent.ToolCalled called) {
    return called.tool().equals(Tool.BuiltIn.MEMORY_SEARCH.calledName()) ? NOTHING : SILENT;
  }

  /** What stands for the answer of a tool of ours that broke. */
  static TurnEvent.ToolAnswered broken(TurnEvent.ToolCalled called) {
    return new TurnEvent.ToolAnswered(called.call(), true, BROKEN, 0, List.of(), 0);
  }

  /** An answer of which nothing is read but how long it was. */
  static TurnEvent.ToolAnswered untold(TurnEvent.ToolAnswered answered) {
    return answered.showing(0, 0, List.of());
  }

  /**
   * The answer, of which the model reads no more than takes its share of the window.
   *
   * @param promptTokens that the model may read
   */
  TurnEvent.ToolAnswered fitting(TurnEvent.ToolAnswered answered, int promptTokens) {
    int before = tokens(untold(answered));
    int most = before + Math.max(0, promptTokens - before) / SHARE;
    int length = answered.text().length();
    boolean isPart = length > WHOLE_CHARACTERS_MAX && mayReadOn(conversation.tools());
    TurnEvent.ToolAnswered fitting =
        isPart ? showing(answered, PART_CHARACTERS, answered.found().size()) : answered;
    int tokens = tokens(fitting);
    while (tokens > most && (fitting.head() > 0 || !fitting.found().isEmpty())) {
      int shown = fitting.head() + fitting.tail();
      int characters = (int) ((long) shown * (most - before) / (tokens - before));
      int memories = fitting.found().size() * (most - before) / (tokens - before);
      fitting =
          showing(
              answered,
              Math.clamp(characters, 0, Math.max(0, shown - 1)),
              Math.clamp(memories, 0, Math.max(0, fitting.found().size() - 1)));
      tokens = tokens(fitting);
    }
    return fitting;
  }

  private int tokens(TurnEvent.ToolAnswered answered) {
    List<Message> messages = new ArrayList<>(conversation.used());
    messages.addAll(of(use, answered, found, mayReadOn(conversation.tools())));
    return model.tokens(conversation.having(messages).prompt());
  }

  /** Of so many characters; no character is cut in two. */
  private TurnEvent.ToolAnswered showing(
      TurnEvent.ToolAnswered whole, int characters, int memories) {
    String text = whole.text();
    int tail =
        mayReadOn(conversation.tools()) && characters < text.length() ? characters / TAIL_SHARE : 0;
    int head = Math.min(characters, text.length()) - tail;
    boolean isHeadBetween =
        head > 0 && head < text.length() && Character.isHighSurrogate(text.charAt(head - 1));
    boolean isTailBetween = tail > 0 && Character.isLowSurrogate(text.charAt(text.length() - tail));
    return whole.showing(
        isHeadBetween ? head - 1 : head,
        isTailBetween ? tail - 1 : tail,
        whole.found().subList(0, Math.min(memories, whole.found().size())));
  }
}
