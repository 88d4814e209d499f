package dev.palimpsest.engine.chat;

import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** {@code strftime} for the codes of dates and times, in English. */
final class DateFormat {
  private DateFormat() {}

  static String format(String format, Run run) {
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at);
      if (c != '%') {
        run.append(out, String.valueOf(c));
        at++;
      } else {
        boolean unpadded = format.startsWith("-", at + 1);
        int code = at + (unpadded ? 2 : 1);
        run.append(out, field(code < format.length() ? format.charAt(code) : '%', unpadded, run));
        at = code + 1;
      }
    }
    return out.toString();
  }

  private static String field(char code, boolean unpadded, Run run) {
    if (code == '%') {
      return "%";
    }
    String pattern = pattern(code, run);
    run.charge(Limits.DATE_WORK);
    String text = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(run.now());
    return unpadded ? text.replaceFirst("^0+(?=.)", "") : text;
  }

  private static String pattern(char code, Run run) {
    return switch (code) {
      case 'd' -> "dd";
      case 'm' -> "MM";
      case 'y' -> "uu";
      case 'Y' -> "uuuu";
      case 'b', 'h' -> "MMM";
      case 'B' -> "MMMM";
      case 'a' -> "EEE";
      case 'A' -> "EEEE";
      case 'H' -> "HH";
      case 'I' -> "hh";
      case 'M' -> "mm";
      case 'S' -> "ss";
      case 'p' -> "a";
      case 'j' -> "DDD";
      case 'F' -> "uuuu-MM-dd";
      case 'T' -> "HH:mm:ss";
      case 'R' -> "HH:mm";
      case 'D' -> "MM/dd/uu";
      default -> throw run.error("unknown date code '%" + code + "'");
    };
  }
}
