package dev.palimpsest.tidy;

/**
 * A place that breaks a house rule.
 *
 * @param file path relative to the repository root
 * @param line 1-based line
 * @param rule what is asked, in a few words
 * @param what what stands there
 */
record Finding(String file, long line, String rule, String what) {
  @Override
  public String toString() {
    return file + ":" + line + ": " + rule + ": " + what;
  }
}
