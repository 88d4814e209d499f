package dev.palimpsest.memory;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * For whom, under a tenant, something is kept: each part a free string or absent. Stored on every
 * row and part of every uniqueness rule, so that two users of one tenant never meet.
 *
 * @param user absent, or 1 to {@link #CHARACTERS_MAX} characters
 * @param agent likewise
 * @param project likewise
 */
public record Scope(@Nullable String user, @Nullable String agent, @Nullable String project) {
  /** The longest part of a scope, in UTF-16 units. */
  public static final int CHARACTERS_MAX = 256;

  /** Unscoped: seen by every filter. */
  public static final Scope NONE = new Scope(null, null, null);

  /** Refuses empty, overlong and unstorable parts. */
  public Scope {
    check("scope.user", user);
    check("scope.agent", agent);
    check("scope.project", project);
  }

  /** The scope of a user alone; {@link #NONE} for null. */
  public static Scope ofUser(@Nullable String user) {
    return new Scope(user, null, null);
  }

  /** This, with the parts that it leaves open taken from {@code fallback}. */
  public Scope orElse(Scope fallback) {
    return new Scope(
        user != null ? user : fallback.user,
        agent != null ? agent : fallback.agent,
        project != null ? project : fallback.project);
  }

  /**
   * Whether a filter of this scope shows a row of {@code row}'s scope: every part this names is the
   * row's own or absent there. So {@code user=ada} shows Ada's rows and unscoped ones, never
   * another user's; {@link #NONE} shows all.
   */
  public boolean admits(Scope row) {
    return admits(user, row.user) && admits(agent, row.agent) && admits(project, row.project);
  }

  private static boolean admits(@Nullable String wanted, @Nullable String present) {
    return wanted == null || present == null || Objects.equals(wanted, present);
  }

  private static void check(String field, @Nullable String part) {
    if (part == null) {
      return;
    }
    if (part.isEmpty()) {
      throw new IllegalArgumentException(field + " is empty; leave it out instead");
    }
    StorableText.require(field, part, CHARACTERS_MAX);
  }
}
