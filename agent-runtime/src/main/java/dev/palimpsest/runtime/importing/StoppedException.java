package dev.palimpsest.runtime.importing;

/** Ends a wait for the store because the service stops. The import stays open in the log. */
final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoppedException() {
    super("the service is stopping", null, false, false);
  }
}
