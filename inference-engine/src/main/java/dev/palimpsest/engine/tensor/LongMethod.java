package dev.palimpsest.engine.tensor;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a kernel whose body may be longer than the house rules allow, because splitting it would
 * hide the one loop that it is.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.SOURCE)
public @interface LongMethod {
  /** Why the body is one piece. */
  String value();
}
