package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.ToolFormat;

/**
 * Takes what a model writes apart, as it comes: words for the user, and after a mark the call of a
 * tool, of which the user hears nothing. Space before a mark is nobody's. Used by one thread.
 */
final class CallText {
  private final StringBuilder held = new StringBuilder();
  private final StringBuilder call = new StringBuilder();
  private boolean isCalling;
  private boolean isWhole;

  /** Takes a piece; returns the words that are certain to be the user's. */
  String take(String piece) {
    if (isCalling) {
      addToCall(piece);
      return "";
    }
    held.append(piece);
    int mark = held.indexOf(ToolFormat.OPEN);
    if (mark < 0) {
      return release(certain());
    }
    String rest = held.substring(mark + ToolFormat.OPEN.length());
    held.setLength(mark);
    String words = held.toString().stripTrailing();
    held.setLength(0);
    isCalling = true;
    addToCall(rest);
    return words;
  }

  /** What was held back for a mark that never came. */
  String rest() {
    return release(held.length());
  }

  /** Whether a call has begun. */
  boolean isCalling() {
    return isCalling;
  }

  /** Whether it has ended, or is too long to be one. */
  boolean isOver() {
    return isWhole || call.length() > TurnEvent.ToolCalled.ARGUMENTS_CHARACTERS_MAX;
  }

  /** Whether its end was written. */
  boolean isWhole() {
    return isWhole;
  }

  /** What stands between the marks. */
  String call() {
    return call.toString().strip();
  }

  private void addToCall(String piece) {
    if (isOver()) {
      return;
    }
    int from = Math.max(0, call.length() - ToolFormat.CLOSE.length());
    call.append(piece);
    int end = call.indexOf(ToolFormat.CLOSE, from);
    if (end >= 0) {
      call.setLength(end);
      isWhole = true;
    }
  }

  /** Up to where no mark, and no space before one, can begin. */
  private int certain() {
    int begun = Math.min(held.length(), ToolFormat.OPEN.length() - 1);
    while (begun > 0 && !ToolFormat.OPEN.startsWith(held.substring(held.length() - begun))) {
      begun--;
    }
    int end = held.length() - begun;
    while (end > 0 && Character.isWhitespace(held.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  private String release(int length) {
    String words = held.substring(0, length);
    held.delete(0, length);
    return words;
  }
}
