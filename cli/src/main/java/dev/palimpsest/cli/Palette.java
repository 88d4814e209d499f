package dev.palimpsest.cli;

/** The few colours there are; with colours off every method gives its text back. */
record Palette(boolean colours) {
  String quiet(String text) {
    return paint("2", text);
  }

  String alarming(String text) {
    return paint("31", text);
  }

  String inviting(String text) {
    return paint("1;36", text);
  }

  private String paint(String code, String text) {
    return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
