package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenSet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** How far one generation has come in its {@link JsonShape}. For the engine thread. */
final class ShapeWalk implements TokenConstraint {
  private final Machine machine;
  private final TokenOrder tokens;
  private Machine.@Nullable State state;

  /** States after each byte of the token at hand. */
  private Machine.State[] path;

  ShapeWalk(Machine machine, TokenOrder tokens) {
    this.machine = machine;
    this.tokens = tokens;
    Machine.State begin = machine.begin();
    this.state = begin;
    this.path = new Machine.State[64];
    Arrays.fill(path, begin);
  }

  @Override
  public void allow(TokenSet next) {
    Machine.State now = state;
    if (now == null) {
      return;
    }
    int[] allowed = now.tokens() instanceof int[] known ? known : search(now);
    now.tokens(allowed);
    for (int id : allowed) {
      next.add(id);
    }
  }

  /**
   * Walks all tokens in the order of their bytes; what has a forbidden beginning is passed over.
   */
  private int[] search(Machine.State from) {
    int[] found = new int[64];
    int count = 0;
    int forbidden = Integer.MAX_VALUE;
    path[0] = from;
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.common(i) < forbidden) {
        forbidden = follow(tokens.piece(i), tokens.common(i));
        if (forbidden == Integer.MAX_VALUE) {
          found = count == found.length ? Arrays.copyOf(found, 2 * count) : found;
          found[count++] = tokens.id(i);
        }
      }
    }
    int[] endings = from.isDone() ? tokens.endings() : new int[0];
    int[] all = Arrays.copyOf(found, count + endings.length);
    System.arraycopy(endings, 0, all, count, endings.length);
    return all;
  }

  /** How many bytes have to be the same to be forbidden too; the largest number if none. */
  private int follow(byte[] piece, int known) {
    if (piece.length >= path.length) {
      Machine.State[] longer = Arrays.copyOf(path, 2 * piece.length);
      Arrays.fill(longer, path.length, longer.length, path[0]);
      path = longer;
    }
    for (int at = known; at < piece.length; at++) {
      Machine.State next = path[at].after(piece[at]);
      if (next == null) {
        return at + 1;
      }
      path[at + 1] = next;
    }
    return Integer.MAX_VALUE;
  }

  @Override
  public void accept(int token) {
    Machine.State now = state;
    if (now != null && now.isDone() && isEnding(token)) {
      state = null;
      return;
    }
    byte[] piece = tokens.pieceOf(token);
    for (byte each : piece) {
      now = now == null ? null : now.after(each);
    }
    if (now == null || piece.length == 0) {
      throw new IllegalArgumentException("token " + token + " was not allowed");
    }
    state = machine.trimmed(now);
  }

  private boolean isEnding(int token) {
    for (int ending : tokens.endings()) {
      if (ending == token) {
        return true;
      }
    }
    return false;
  }
}
