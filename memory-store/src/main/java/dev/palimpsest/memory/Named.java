package dev.palimpsest.memory;

import java.util.List;

/**
 * The names that stand in a version of a memory.
 *
 * @param version where
 * @param scope of that memory
 * @param mentions each name once
 * @param aliases what its words say of names among these
 */
public record Named(VersionId version, Scope scope, List<Mention> mentions, List<Alias> aliases) {
  /** Copies the lists. */
  public Named {
    mentions = List.copyOf(mentions);
    aliases = List.copyOf(aliases);
  }

  /**
   * That words say of somebody that they have another name, too.
   *
   * @param of whose
   * @param alias the other name
   * @param span of the words in the text, in UTF-16 units
   */
  public record Alias(EntityName of, EntityName alias, MadeOf.Span span) {}
}
