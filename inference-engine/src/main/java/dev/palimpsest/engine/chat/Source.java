package dev.palimpsest.engine.chat;

/** The text of a template with line ends as {@code \n}, and the way from an offset to a line. */
record Source(String text) {

  /** Normalises line ends and drops one at the very end, as Jinja does. */
  static Source of(String template) {
    String text = template.replace("\r\n", "\n").replace('\r', '\n');
    return new Source(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
  }

  ChatTemplateException error(int offset, String construct, String message) {
    return new ChatTemplateException(message, line(offset), column(offset), construct);
  }

  ConversationRefusedException refusal(int offset, String reason) {
    return new ConversationRefusedException(reason, line(offset), column(offset));
  }

  private int line(int offset) {
    int line = 1;
    for (int at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
      line++;
    }
    return line;
  }

  private int column(int offset) {
    return offset - text.lastIndexOf('\n', offset - 1);
  }
}
