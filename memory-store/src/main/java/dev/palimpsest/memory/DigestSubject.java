package dev.palimpsest.memory;

import java.time.YearMonth;

/** What a digest is of. */
public sealed interface DigestSubject {
  /** Whose it is; a digest is of this scope exactly. */
  Scope scope();

  /** The {@link NewMemory#identity()} of its digest: one memory, whatever its versions say. */
  String identity();

  /**
   * A conversation.
   *
   * @param source where it was led
   * @param session its name there
   */
  record Conversation(Scope scope, String source, String session) implements DigestSubject {
    @Override
    public String identity() {
      return "digest of a session\n" + source.length() + "\n" + source + "\n" + session;
    }
  }

  /**
   * What was said in a month, in all conversations.
   *
   * @param month of UTC
   */
  record Month(Scope scope, YearMonth month) implements DigestSubject {
    @Override
    public String identity() {
      return "digest of a month\n" + month;
    }
  }
}
