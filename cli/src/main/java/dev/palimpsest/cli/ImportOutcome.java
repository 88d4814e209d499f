package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** How an import ended. */
sealed interface ImportOutcome {

  /** Everything that was asked for is done; the report is the service's. */
  record Done(JsonNode report) implements ImportOutcome {}

  /** All is committed, and nobody waited for the rest. */
  record Committed(String importId) implements ImportOutcome {}

  /** The service did not begin it; nothing was stored. */
  record Refused(Problem problem) implements ImportOutcome {}

  /** It was begun and cannot go on; what was committed stays. */
  record Failed(Problem problem) implements ImportOutcome {}
}
