package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.ChainEntry;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.VersionId;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A version with all its columns but the change number.
 *
 * @param salt of the hash, in hexadecimal
 * @param sha256 of the row, in hexadecimal
 */
record SealedRow(VersionDraft.Row row, String salt, String sha256) {
  VersionDraft draft() {
    return row.draft();
  }

  VersionId version() {
    return new VersionId(draft().id(), draft().version());
  }

  /** What the chain is told of these. */
  static ChainEntry entry(List<SealedRow> rows) {
    SortedMap<VersionId, String> hashes = new TreeMap<>();
    rows.forEach(row -> hashes.put(row.version(), row.sha256));
    return ChainEntry.written(hashes);
  }

  /** Memories of which these are versions that are revoked from their first moment on. */
  static SortedMap<String, Instant> revoked(List<SealedRow> rows) {
    SortedMap<String, Instant> born = new TreeMap<>();
    for (SealedRow row : rows) {
      Revoked revoked = row.draft().derivation().revoked();
      if (revoked != null) {
        born.put(row.draft().id().value(), revoked.at());
      }
    }
    return born;
  }
}
