package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRulesException;
import dev.palimpsest.engine.sample.TokenSet;
import org.jspecify.annotations.Nullable;

/** How far one generation has come in its rules. For the engine thread. */
final class ShapeWalk implements TokenConstraint {
  private final Masks masks;

  /** Null after the end. */
  private @Nullable State state;

  ShapeWalk(Masks masks) {
    this.masks = masks;
    this.state = masks.machine().begin();
  }

  @Override
  public void allow(TokenSet next) {
    if (state == null) {
      return;
    }
    switch (masks.of(state)) {
      case Mask.Few few -> few.addTo(next);
      case Mask.Many(TokenSet ids) -> next.addAll(ids);
      case Mask.Unknown unknown ->
          throw new TokenRulesException(
              "The answer's format can be read in so many ways at this point that finding the next"
                  + " token would cost more than "
                  + Masks.WORK_MAX
                  + " steps.");
    }
  }

  @Override
  public @Nullable Runnable ahead() {
    State now = state;
    return now == null || now.mask() != null ? null : () -> masks.of(now);
  }

  @Override
  public void accept(int token) {
    State now = state;
    if (now != null && now.isDone() && masks.tokens().isEnding(token)) {
      state = null;
      return;
    }
    byte[] piece = masks.tokens().pieceOf(token);
    State next = now == null || piece.length == 0 ? null : masks.machine().after(now, piece);
    if (next == null) {
      throw new IllegalArgumentException("token " + token + " was not allowed");
    }
    state = masks.machine().remembered(next);
  }
}
