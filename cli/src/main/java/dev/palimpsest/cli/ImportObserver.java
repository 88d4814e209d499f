package dev.palimpsest.cli;

/** Sees an import as it happens; called on the importing thread. */
interface ImportObserver {
  /** Records up to byte {@code committed} of {@code total} are committed. */
  void committed(long committed, long total, ImportTally tally);

  /** What was stored is being made searchable: {@code done} of {@code total} in this stage. */
  void indexing(String stage, long done, long total);

  /** A record was not stored. */
  void rejected(ImportFrame.Rejected rejected);

  /** One line about the connection or the service. */
  void notice(String line);
}
