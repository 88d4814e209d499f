package dev.palimpsest.runtime.ops;

import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.turn.SessionKey;
import dev.palimpsest.runtime.turn.TurnObserver;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.WaitingTurn;
import org.jboss.logging.Logger;

/** One line of {@code key=value} at each boundary of a turn; ids and numbers, never words. */
public final class TurnLines implements TurnObserver {
  private static final Logger LOG = Logger.getLogger("dev.palimpsest.turn");

  /** Nothing to take. */
  public TurnLines() {}

  @Override
  public void begun(SessionKey session, TurnId turn, boolean isRepeated) {
    LOG.infof(
        "turn=begun tenant=%s session=%s turn_id=%s repeated=%s",
        session.tenant(), session.session(), turn, isRepeated);
  }

  @Override
  public void over(SessionKey session, TurnId turn, TurnOutcome outcome) {
    switch (outcome) {
      case TurnOutcome.Ended(TurnResult result) ->
          LOG.infof(
              "turn=over tenant=%s session=%s turn_id=%s status=%s tokens_in=%d tokens_out=%d"
                  + " recalled=%d cited=%d recall_ms=%d model_ms=%d total_ms=%d",
              session.tenant(),
              session.session(),
              turn,
              Names.of(result.status()),
              result.usage().inputTokens(),
              result.usage().outputTokens(),
              result.evidence().hits().size(),
              result.evidence().citations().size(),
              result.evidence().recallMillis(),
              result.usage().modelMillis(),
              result.usage().totalMillis());
      case TurnOutcome.Waiting(WaitingTurn waiting) ->
          LOG.infof(
              "turn=waits tenant=%s session=%s turn_id=%s calls=%d until=%s",
              session.tenant(), session.session(), turn, waiting.calls().size(), waiting.until());
      case TurnOutcome.Open open ->
          LOG.warnf(
              "turn=left_open tenant=%s session=%s turn_id=%s why=%s",
              session.tenant(), session.session(), turn, why(open));
    }
  }

  @Override
  public void failed(SessionKey session, TurnId turn, RuntimeException cause) {
    LOG.errorf(
        cause,
        "turn=unforeseen tenant=%s session=%s turn_id=%s",
        session.tenant(),
        session.session(),
        turn);
  }

  static String why(TurnOutcome.Open open) {
    return switch (open) {
      case TurnOutcome.Blocked blocked -> "another_turn";
      case TurnOutcome.Erased erased -> "erased";
      case TurnOutcome.Stopped stopped -> "stopping";
      case TurnOutcome.StoreAway away -> "store_away";
      case TurnOutcome.Waiting waiting -> "client";
      case TurnOutcome.Elsewhere elsewhere -> "another_node";
    };
  }
}
