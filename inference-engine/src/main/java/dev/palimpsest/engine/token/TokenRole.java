package dev.palimpsest.engine.token;

/** Parts that single tokens of a vocabulary play. */
public enum TokenRole {
  /** Begins a text. */
  BOS,
  /** Ends a text. */
  EOS,
  /** Ends a turn of a conversation. */
  EOT,
  /** Ends a message within a turn. */
  EOM,
  /** Stands for text that has no token. */
  UNKNOWN,
  /** Fills up a batch. */
  PADDING
}
