package dev.palimpsest.memory.postgres;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs a test class where there are PostgreSQL binaries; elsewhere each of its tests is counted as
 * skipped, and one line says why.
 */
public final class NeedsPostgres implements ExecutionCondition {
  /** For {@code @ExtendWith}. */
  public NeedsPostgres() {}

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (EmbeddedPostgres.isAvailable()) {
      return ConditionEvaluationResult.enabled("PostgreSQL is here");
    }
    String why = EmbeddedPostgres.whyNot();
    System.out.println("SKIPPED " + context.getDisplayName() + ": " + why);
    return ConditionEvaluationResult.disabled(why);
  }
}
