package dev.palimpsest.memory.importing;

/**
 * Ends the reading of one record, line or conversation that cannot be used. It never leaves this
 * package: whoever reads the unit turns it into an item.
 */
final class UnusableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RejectionReason reason;
  private final String detail;

  UnusableException(RejectionReason reason, String detail) {
    super(detail, null, false, false);
    this.reason = reason;
    this.detail = detail;
  }

  RejectionReason reason() {
    return reason;
  }

  String detail() {
    return detail;
  }
}
