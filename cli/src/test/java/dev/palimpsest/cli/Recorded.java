package dev.palimpsest.cli;

import java.util.ArrayList;
import java.util.List;

/** An observer that keeps what it saw. */
final class Recorded implements TurnObserver {
  private final StringBuilder text = new StringBuilder();
  private final List<String> notices = new ArrayList<>();

  @Override
  public void text(String piece) {
    text.append(piece);
  }

  @Override
  public void notice(String line) {
    notices.add(line);
  }

  String text() {
    return text.toString();
  }

  List<String> notices() {
    return List.copyOf(notices);
  }
}
