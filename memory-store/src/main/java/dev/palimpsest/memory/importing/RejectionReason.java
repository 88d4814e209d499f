package dev.palimpsest.memory.importing;

/** Why a record was not stored. Stored and shown in lower case. */
public enum RejectionReason {
  /** Not JSON. */
  INVALID_JSON,
  /** Not UTF-8. */
  INVALID_ENCODING,
  /** A time that cannot be read. */
  INVALID_TIME,
  /** A time is needed and there is none. */
  MISSING_TIME,
  /** A name is needed and there is none. */
  MISSING_NAME,
  /** Nothing to remember. */
  EMPTY_TEXT,
  /** JSON of another shape. */
  UNKNOWN_SHAPE,
  /** Said by a role that this format does not have. */
  UNKNOWN_ROLE,
  /** An event that this format does not have. */
  UNKNOWN_EVENT,
  /** Messages that hang together in no way that can be followed. */
  BROKEN_TREE,
  /** The store knows this memory, and it says something else here. */
  CONFLICT,
  /** It was erased here, and stays so. */
  ERASED,
  /** A sum over the file does not agree with it. */
  DAMAGED,
  /** The file ends in the middle of it. */
  TRUNCATED,
  /** Longer than allowed. */
  RECORD_TOO_LARGE,
  /** A name in an archive that leads out of it. */
  UNSAFE_PATH
}
