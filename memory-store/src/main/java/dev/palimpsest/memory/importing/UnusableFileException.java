package dev.palimpsest.memory.importing;

/** A file is not read any further, for a reason that its sender may be told. */
final class UnusableFileException extends Exception {
  private static final long serialVersionUID = 1L;

  UnusableFileException(String reason) {
    super(reason);
  }
}
