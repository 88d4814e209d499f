package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class SafeTextTest {
  @Test
  void controlsBecomePicturesAndTextStays() {
    assertEquals("␛[2Jgone", SafeText.of("\u001b[2Jgone"));
    assertEquals("␛]52;c;ZWNobw==␇", SafeText.of("\u001b]52;c;ZWNobw==\u0007"));
    assertEquals("a␈b␀c␡", SafeText.of("a\bb\0c\u007f"));
    assertEquals("one\ntwo\tthree é 😀", SafeText.of("one\r\ntwo\tthree é 😀"));
    assertEquals("paid␍free", SafeText.of("paid\rfree"));
    assertEquals("\ufffd31m \ufffdtxt.exe", SafeText.of("\u009b31m \u202etxt.exe"));
  }

  @Test
  void noControlPassesWhereverTheTextIsCut() {
    StringBuilder all = new StringBuilder();
    for (char c = 0; c <= 0x9f; c++) {
      all.append(c);
    }
    for (int cut = 0; cut <= all.length(); cut++) {
      String shown = SafeText.of(all.substring(0, cut)) + SafeText.of(all.substring(cut));
      boolean harmful =
          shown.chars().anyMatch(c -> c != '\n' && c != '\t' && Character.isISOControl(c));
      assertFalse(harmful, "cut at " + cut);
    }
  }

  @Test
  void lineIsOneLineOfLimitedLength() {
    assertEquals("a b c", SafeText.line(" a\nb\tc ", 10));
    assertEquals("abcd…", SafeText.line("abcdefgh", 5));
    assertEquals("abcde", SafeText.line("abcde", 5));
  }

  @Test
  void screenLetsNothingThroughFromAnySide() {
    StringWriter printed = new StringWriter();
    PrintWriter writer = new PrintWriter(printed);
    ChatScreen screen = new ChatScreen(writer, writer, new Palette(false));
    String evil = "\u001b]0;owned\u0007";
    screen.text(evil);
    screen.notice(evil);
    screen.line(evil);
    screen.trouble(java.util.List.of(evil));
    assertFalse(printed.toString().contains("\u001b"), printed.toString());
    assertFalse(printed.toString().contains("\u0007"), printed.toString());
  }
}
