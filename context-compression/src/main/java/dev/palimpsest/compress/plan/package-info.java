/**
 * Decides what enters the window. In come the segments of a conversation with their cost in tokens,
 * and a budget; out comes the list of segments that are sent to the model, in the order in which
 * they came, and the list of those that are left out. Nothing here reads text or calls a model: the
 * planner works on counts alone, so the same segments and budget always give the same plan.
 *
 * <p>The invariant that this package guards: a plan is a valid conversation. What must stay
 * (instructions, the input that is to be answered) stays whole, an exchange is kept or left out as
 * one, and the exchanges that are kept are the newest without a gap.
 */
@NullMarked
package dev.palimpsest.compress.plan;

import org.jspecify.annotations.NullMarked;
