package dev.palimpsest.memory;

/** What sort of thing is remembered. Stored and shown in lower case. */
public enum MemoryKind {
  /** What happened or was said, word for word. */
  EPISODE,
  /** What an episode taught us. */
  FACT,
  /** A summary of several episodes. */
  DIGEST,
  /** What is to stay in sight always. */
  PINNED
}
