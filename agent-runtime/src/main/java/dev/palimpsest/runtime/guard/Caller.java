package dev.palimpsest.runtime.guard;

import dev.palimpsest.memory.Principal;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * On whose behalf a request acts.
 *
 * @param tenant whose data it sees
 * @param rights what it may do
 * @param user the one user it speaks for, or null for all of the tenant's
 */
public record Caller(TenantId tenant, Set<Right> rights, @Nullable String user) {
  /** Whoever sits at this machine, where no keys are asked for, or holds the admin key file. */
  public static final Caller OWNER = new Caller(TenantId.DEFAULT, EnumSet.allOf(Right.class), null);

  /** Copies the rights. */
  public Caller {
    rights = Set.copyOf(rights);
  }

  static Caller of(Principal principal) {
    return new Caller(principal.tenant(), principal.rights(), principal.user());
  }

  /** Whether it may do this. */
  public boolean may(Right right) {
    return rights.contains(right);
  }

  /**
   * Ends the request unless it may do this.
   *
   * @throws ProblemException 403
   */
  public void require(Right right) {
    if (!may(right)) {
      throw new ProblemException(
          ProblemKind.FORBIDDEN, "The key lacks the right '" + Names.of(right) + "'.");
    }
  }

  /** What it may see at most: its user's rows and unscoped ones, or all of the tenant's. */
  public Scope sight() {
    return Scope.ofUser(user);
  }

  /**
   * The scope under which it acts when it asks for this one.
   *
   * @throws ProblemException 403 when its key is bound to another user
   */
  public Scope bound(Scope asked) {
    if (user == null || user.equals(asked.user())) {
      return asked;
    }
    if (asked.user() != null) {
      throw new ProblemException(
          ProblemKind.FORBIDDEN, "The key is bound to another user than 'scope.user'.");
    }
    return new Scope(user, asked.agent(), asked.project());
  }
}
