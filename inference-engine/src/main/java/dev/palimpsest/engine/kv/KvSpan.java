package dev.palimpsest.engine.kv;

/** A stretch of a sequence's cache, in the form in which its keys and values are stored. */
public sealed interface KvSpan permits PagedSpan, CompactedSpan {
  /** Tokens for which the span has room, or stands. */
  int capacityTokens();
}
