package dev.palimpsest.memory.retention;

import dev.palimpsest.memory.Scope;

/**
 * For how long the memories of a scope are kept. Of several policies that cover a memory the one
 * that names more parts of the scope decides; of equally many, the one that keeps it longer.
 *
 * @param scope covers every memory whose scope has each part that is named here; {@link Scope#NONE}
 *     covers all
 * @param keepDays days since a memory was written last, after which it goes
 * @param archiveDays days for which the archive of what went is kept
 */
public record RetentionPolicy(Scope scope, int keepDays, int archiveDays) {
  /** The longest time: a hundred years. */
  public static final int DAYS_MAX = 36_500;

  /** Refuses times below a day and above {@link #DAYS_MAX}. */
  public RetentionPolicy {
    check("keep_days", keepDays);
    check("archive_days", archiveDays);
  }

  /** How many parts of the scope it names. */
  public int parts() {
    return (scope.user() == null ? 0 : 1)
        + (scope.agent() == null ? 0 : 1)
        + (scope.project() == null ? 0 : 1);
  }

  private static void check(String name, int days) {
    if (days < 1 || days > DAYS_MAX) {
      throw new IllegalArgumentException(name + " is " + days + "; 1 to " + DAYS_MAX);
    }
  }
}
