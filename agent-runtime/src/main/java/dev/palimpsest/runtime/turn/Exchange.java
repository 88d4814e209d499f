package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.WindowChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A past turn that was answered.
 *
 * @param turn which
 * @param event number of the event with which it began
 * @param input what the user said
 * @param output what was answered
 * @param read what the model had before it
 */
record Exchange(TurnId turn, long event, String input, String output, Read read) {
  /**
   * What the model had before it in a turn, beside the words of the user.
   *
   * @param memories in its window or found by a tool
   * @param turns events with which the past turns in its window began
   * @param isFromOutside whether a tool that is not ours was asked
   */
  record Read(Set<MemoryId> memories, Set<Long> turns, boolean isFromOutside) {
    Read {
      memories = Set.copyOf(memories);
      turns = Set.copyOf(turns);
    }
  }

  /** Turns among the events that began before {@code event} and were answered, oldest first. */
  static List<Exchange> before(long event, List<LoggedEvent> log) {
    Map<TurnId, Reading> turns = new HashMap<>();
    for (LoggedEvent logged : log) {
      turns.computeIfAbsent(logged.turn(), turn -> new Reading()).add(logged.event());
    }
    List<Exchange> exchanges = new ArrayList<>();
    for (LoggedEvent logged : log) {
      Reading turn = turns.get(logged.turn());
      if (turn != null
          && turn.output != null
          && logged.number() < event
          && logged.event() instanceof TurnEvent.UserSaid said) {
        exchanges.add(
            new Exchange(logged.turn(), logged.number(), said.text(), turn.output, turn.read()));
      }
    }
    return exchanges;
  }

  /**
   * Those of past turns that these are, that the model read in these, and so on.
   *
   * @param past oldest first
   * @param events with which the turns began
   */
  static List<Exchange> reaching(List<Exchange> past, Collection<Long> events) {
    Set<Long> wanted = new HashSet<>(events);
    List<Exchange> reaching = new ArrayList<>();
    for (Exchange one : past.reversed()) {
      if (wanted.contains(one.event())) {
        reaching.add(one);
        wanted.addAll(one.read().turns());
      }
    }
    return reaching;
  }

  /** Gathers what a turn's events say. */
  private static final class Reading {
    private final Set<MemoryId> memories = new HashSet<>();
    private final Set<Long> turns = new HashSet<>();
    private boolean isFromOutside;
    private @Nullable String output;

    private void add(TurnEvent event) {
      switch (event) {
        case TurnEvent.Planned planned -> {
          memories.addAll(planned.memoriesKept());
          turns.addAll(planned.turnsKept());
        }
        case TurnEvent.ToolCalled called -> isFromOutside |= ToolUse.isOutside(called);
        case TurnEvent.ToolAnswered answered ->
            answered.found().forEach(found -> memories.add(found.memory()));
        case TurnEvent.Answered answered -> output = answered.output();
        case TurnEvent.UserSaid said -> {}
        case TurnEvent.Recalled recalled -> {}
        case TurnEvent.TurnFailed failed -> {}
        case WindowChange change -> {}
      }
    }

    private Read read() {
      return new Read(memories, turns, isFromOutside);
    }
  }
}
