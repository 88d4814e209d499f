package dev.palimpsest.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * What is evaluated.
 *
 * @param name of the set
 * @param idField the member of a memory's metadata that names the turn
 * @param units what is counted, by name: a turn's id to the unit's; the first is the headline
 * @param sums names of groups that are shown together, and which they are
 */
record EvalSet(
    String name,
    String idField,
    List<EvalTalk> talks,
    LinkedHashMap<String, UnaryOperator<String>> units,
    Map<String, Predicate<String>> sums) {
  /** Its questions by group: all, sums, and each group that occurs, by name. */
  Map<String, Predicate<String>> groups() {
    Map<String, Predicate<String>> groups = new LinkedHashMap<>();
    groups.put("all", group -> true);
    groups.putAll(sums);
    talks.stream()
        .flatMap(talk -> talk.questions().stream())
        .map(EvalTalk.Question::group)
        .distinct()
        .sorted()
        .forEach(name -> groups.put(name, name::equals));
    return groups;
  }
}
