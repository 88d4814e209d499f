package dev.palimpsest.memory;

/** What became of the wish to switch to a space, or to drop it. */
public sealed interface SpaceChange {
  /**
   * It is so, now or since long.
   *
   * @param space as it stands
   */
  record Done(KeptSpace space) implements SpaceChange {}

  /**
   * It stands in the way of it: a space that fills is not switched to, an active one not dropped.
   *
   * @param space as it stands
   */
  record Refused(KeptSpace space) implements SpaceChange {}

  /** The tenant has no such space, or not any more. */
  record Missing() implements SpaceChange {}
}
