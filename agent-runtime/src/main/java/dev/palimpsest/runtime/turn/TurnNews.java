package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.WindowChange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What those who watch a session are told. All but {@link Said} was committed before. */
public sealed interface TurnNews {
  /** The turn it is about; null where it is the session. */
  @Nullable TurnId turn();

  /**
   * A turn is at work; its output begins afresh.
   *
   * @param clientTurnId the client's name for it, if it gave one
   * @param event number of the event with which it began
   * @param isRepeated whether it had been accepted before: by an earlier request with the same
   *     client turn id, or before a restart
   */
  record Accepted(TurnId turn, @Nullable String clientTurnId, long event, boolean isRepeated)
      implements TurnNews {}

  /**
   * What is remembered was looked up.
   *
   * @param hits best first
   */
  record Recalled(TurnId turn, List<Evidence.Hit> hits) implements TurnNews {
    /** Copies the list. */
    public Recalled {
      hits = List.copyOf(hits);
    }
  }

  /**
   * The model called a tool.
   *
   * @param called what it asked for
   */
  record ToolCalled(TurnId turn, TurnEvent.ToolCalled called) implements TurnNews {}

  /**
   * A tool answered.
   *
   * @param tool its name
   * @param handle under which all that it said can be read in the session; null where the model
   *     reads all of it
   * @param answered of what it said as much as the model reads
   */
  record ToolAnswered(
      TurnId turn, String tool, @Nullable String handle, TurnEvent.ToolAnswered answered)
      implements TurnNews {
    /** Those who watch are told no more than the model: feeds are kept in memory. */
    static ToolAnswered of(TurnId turn, ToolUse use, TurnEvent.ToolAnswered whole) {
      String shown = whole.text().substring(0, whole.head()) + whole.end();
      TurnEvent.ToolAnswered told =
          new TurnEvent.ToolAnswered(
              whole.call(),
              whole.isError(),
              shown,
              whole.charactersLeft() + whole.text().length() - shown.length(),
              whole.found(),
              whole.millis(),
              whole.head(),
              whole.tail());
      String handle = whole.isCut() ? use.handle() : null;
      return new ToolAnswered(turn, use.called().tool(), handle, told);
    }
  }

  /**
   * Some words of the answer.
   *
   * @param text not empty
   */
  record Said(TurnId turn, String text) implements TurnNews {}

  /**
   * It has ended, one way or another.
   *
   * @param result how
   */
  record Ended(TurnResult result) implements TurnNews {
    @Override
    public TurnId turn() {
      return result.turn();
    }
  }

  /**
   * This process works no longer on it although it has not ended.
   *
   * @param outcome why
   */
  record LeftOpen(TurnId turn, TurnOutcome.Open outcome) implements TurnNews {}

  /**
   * Part of the window became shorter, or exact again; the next turn reads it so.
   *
   * @param isCompacted which of the two
   * @param tokensBefore of that part
   * @param tokensAfter of that part
   * @param event number of the event that says so
   */
  record ContextChanged(boolean isCompacted, int tokensBefore, int tokensAfter, long event)
      implements TurnNews {
    static ContextChanged of(long event, WindowChange change) {
      WindowChange.Saved saved = change.saved();
      return new ContextChanged(
          change instanceof WindowChange.Compacted,
          saved.tokensBefore(),
          saved.tokensAfter(),
          event);
    }

    @Override
    public @Nullable TurnId turn() {
      return null;
    }
  }

  /** A turn that has ended, told from its beginning. */
  static List<TurnNews> whole(TurnResult result) {
    List<TurnNews> news = new ArrayList<>();
    news.add(new Accepted(result.turn(), result.clientTurnId(), result.opened(), true));
    if (result.evidence().recall() != null) {
      news.add(new Recalled(result.turn(), result.evidence().hits()));
    }
    if (!result.output().isEmpty()) {
      news.add(new Said(result.turn(), result.output()));
    }
    news.add(new Ended(result));
    return news;
  }

  /** Number of the event that is told, 0 for what is told in between. */
  default long event() {
    return switch (this) {
      case Accepted accepted -> accepted.event();
      case Recalled recalled -> 0;
      case ToolCalled called -> 0;
      case ToolAnswered answered -> 0;
      case Said said -> 0;
      case Ended(TurnResult result) -> result.event();
      case LeftOpen open -> 0;
      case ContextChanged changed -> changed.event();
    };
  }
}
