/**
 * Fuzzing of whatever reads what others wrote: model files, templates, grammars, schemas,
 * snapshots. Inputs are mutants of a kept corpus (in {@code resources/fuzz}) and of what was found
 * on the way; nothing is instrumented, but an input that is refused with words that were not heard
 * before is mutated further, so that one gets past the first check.
 */
@org.jspecify.annotations.NullMarked
package dev.palimpsest.engine.fuzz;
