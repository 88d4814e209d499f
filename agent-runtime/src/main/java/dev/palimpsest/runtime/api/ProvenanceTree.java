package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Ancestry;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the way from a version back to the words, level by level, within bounds. */
final class ProvenanceTree {
  /** Steps from the version at most. */
  static final int DEPTH_MAX = 16;

  /** Versions that are read at most. */
  static final int VERSIONS_MAX = 500;

  private final Map<VersionId, Ancestry> known = new HashMap<>();
  private final Set<VersionId> missing = new HashSet<>();
  private final Set<VersionId> shown = new HashSet<>();
  private final Scope sight;

  private ProvenanceTree(Scope sight) {
    this.sight = sight;
  }

  /**
   * The tree of a version that is there.
   *
   * @param sight whose memories may be shown
   */
  static ProvenanceView read(StoreLink store, TenantId tenant, VersionId version, Scope sight) {
    ProvenanceTree tree = new ProvenanceTree(sight);
    Set<VersionId> level = Set.of(version);
    for (int depth = 0; depth <= DEPTH_MAX && !level.isEmpty(); depth++) {
      level = tree.add(level, store.audit().ancestry(tenant, level));
    }
    return tree.view(MadeOf.all(version));
  }

  /** Takes a level; returns the next one, as far as there is room for it. */
  private Set<VersionId> add(Set<VersionId> asked, List<Ancestry> found) {
    found.forEach(one -> known.put(one.version(), one));
    Set<VersionId> next = new LinkedHashSet<>();
    for (VersionId version : asked) {
      Ancestry one = known.get(version);
      if (one == null) {
        missing.add(version);
      } else if (sight.admits(one.memory().scope())) {
        one.sources().stream()
            .map(MadeOf::version)
            .filter(source -> !known.containsKey(source) && !missing.contains(source))
            .filter(source -> known.size() + missing.size() + next.size() < VERSIONS_MAX)
            .forEach(next::add);
      }
    }
    return next;
  }

  private ProvenanceView view(MadeOf part) {
    VersionId version = part.version();
    Ancestry one = known.get(version);
    if (one == null) {
      return ProvenanceView.nameOnly(part, missing.contains(version) ? "erased" : "cut");
    }
    if (!sight.admits(one.memory().scope())) {
      return ProvenanceView.nameOnly(MadeOf.all(version), "hidden");
    }
    if (!shown.add(version)) {
      return ProvenanceView.repeated(one, part.span());
    }
    List<ProvenanceView> sources = new ArrayList<>();
    one.sources().forEach(source -> sources.add(view(source)));
    return ProvenanceView.of(one, part.span(), sources);
  }
}
