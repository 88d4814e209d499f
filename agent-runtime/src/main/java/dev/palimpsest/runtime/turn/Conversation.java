package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.CompactionId;
import dev.palimpsest.memory.session.GivenMessage;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.WindowChange;
import dev.palimpsest.runtime.bridge.Message;
import dev.palimpsest.runtime.bridge.Prompt;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a turn can show to the model: the session's instructions, its past, and what was said now.
 *
 * @param instructions null where the session has none
 * @param given what the client brought along, oldest first; never left out
 * @param past answered turns before this one, oldest first
 * @param memories what was recalled, oldest first
 * @param input what is to be answered
 * @param at when it was said
 * @param tools that the model may call
 * @param used calls of tools in this turn and what they answered, after the input
 * @param compaction what the log says last of the session's window; null where it is exact
 */
record Conversation(
    @Nullable String instructions,
    List<GivenMessage> given,
    List<Exchange> past,
    List<MemoryLine> memories,
    String input,
    Instant at,
    List<Tool> tools,
    List<Message> used,
    @Nullable CompactionId compaction) {
  /** The newest events of a session that are read for a turn; older ones are out of its sight. */
  static final int EVENTS_MAX = 4000;

  /** Without tools. */
  Conversation(
      @Nullable String instructions,
      List<GivenMessage> given,
      List<Exchange> past,
      List<MemoryLine> memories,
      String input,
      Instant at) {
    this(instructions, given, past, memories, input, at, List.of(), List.of(), null);
  }

  Conversation {
    tools = List.copyOf(tools);
    used = List.copyOf(used);
    given = List.copyOf(given);
    past = List.copyOf(past);
    memories = List.copyOf(memories);
  }

  /** Reads the session's past. */
  static Conversation read(
      TurnLog log, SessionKey key, Session session, TurnState state, Instant deadline)
      throws InterruptedException {
    long number = state.opened().number();
    long newest = Math.max(session.lastEvent(), number);
    List<LoggedEvent> events = log.readAll(key, Math.max(0, newest - EVENTS_MAX), deadline);
    return new Conversation(
        session.instructions(),
        state.said().given(),
        Exchange.before(number, events),
        List.of(),
        state.said().text(),
        state.opened().at(),
        List.of(),
        List.of(),
        WindowLog.newest(events).map(WindowChange::compaction).orElse(null));
  }

  /** The past that is left when only these turns are kept. */
  Conversation keeping(Set<Long> events) {
    return withPast(past.stream().filter(e -> events.contains(e.event())).toList());
  }

  /** The same without its oldest turns. */
  Conversation withoutOldest(int turns) {
    return withPast(past.subList(turns, past.size()));
  }

  /** The same with these turns as its past. */
  Conversation withPast(List<Exchange> only) {
    return new Conversation(
        instructions, given, only, memories, input, at, tools, used, compaction);
  }

  /** The same before another input. */
  Conversation asking(String other) {
    return new Conversation(
        instructions, given, past, memories, other, at, tools, used, compaction);
  }

  /** The same with these memories before its input. */
  Conversation remembering(List<MemoryLine> lines) {
    return new Conversation(instructions, given, past, lines, input, at, tools, used, compaction);
  }

  /** The same with these tools. */
  Conversation offering(List<Tool> some) {
    return new Conversation(instructions, given, past, memories, input, at, some, used, compaction);
  }

  /** The same with these calls and answers after its input. */
  Conversation having(List<Message> calls) {
    return new Conversation(
        instructions, given, past, memories, input, at, tools, calls, compaction);
  }

  /**
   * What the next turn will make the model read, but for its memories and its input, for which this
   * one's stands.
   */
  Prompt next(String output) {
    List<Message> messages =
        new ArrayList<>(remembering(List.of()).having(List.of()).prompt().messages());
    messages.add(Message.assistant(output));
    messages.add(Message.user(input));
    return new Prompt(messages, at, BuiltInTools.faces(tools));
  }

  /**
   * What the model reads. Memories stand after everything that stays as it is from turn to turn, so
   * that a new memory changes no earlier token of the prompt.
   */
  Prompt prompt() {
    List<Message> messages = new ArrayList<>();
    if (instructions != null && !instructions.isBlank()) {
      messages.add(new Message(Message.Role.SYSTEM, instructions));
    }
    for (Exchange exchange : past) {
      messages.add(Message.user(exchange.input()));
      messages.add(Message.assistant(exchange.output()));
    }
    for (GivenMessage message : given) {
      messages.add(
          message.isUser() ? Message.user(message.text()) : Message.assistant(message.text()));
    }
    if (!memories.isEmpty()) {
      messages.add(
          Message.memory(
              memories.stream().map(MemoryLine::text).collect(Collectors.joining("\n"))));
    }
    messages.add(Message.user(input));
    messages.addAll(used);
    return new Prompt(messages, at, BuiltInTools.faces(tools));
  }
}
