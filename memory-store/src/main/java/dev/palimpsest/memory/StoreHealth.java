package dev.palimpsest.memory;

import java.util.List;

/** Whether the store can serve, and if not, why. */
public sealed interface StoreHealth {
  /**
   * It can.
   *
   * @param schemaVersion the newest migration, for example {@code 002}
   * @param serverVersion as the database names itself, for example {@code 17.11}
   */
  record Up(String schemaVersion, String serverVersion) implements StoreHealth {}

  /**
   * It cannot.
   *
   * @param reasons one sentence each, at least one
   */
  record Down(List<String> reasons) implements StoreHealth {
    /** Copies the reasons. */
    public Down {
      reasons = List.copyOf(reasons);
      if (reasons.isEmpty()) {
        throw new IllegalArgumentException("a store is down for a reason");
      }
    }
  }
}
