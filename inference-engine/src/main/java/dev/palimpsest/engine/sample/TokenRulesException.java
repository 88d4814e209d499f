package dev.palimpsest.engine.sample;

/**
 * A generation cannot go on under its rules, because what comes next would cost too much to find.
 * Others are not touched.
 */
public final class TokenRulesException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message a sentence for whoever made the rules
   */
  public TokenRulesException(String message) {
    super(message);
  }
}
