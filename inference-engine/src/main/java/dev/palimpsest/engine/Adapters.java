package dev.palimpsest.engine;

import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.Batch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The adapters of an engine by their names. Immutable. */
final class Adapters {
  private final List<Adapter> all;
  private final Map<String, Integer> places = new HashMap<>();

  Adapters(List<Adapter> adapters) {
    all = List.copyOf(adapters);
    for (int i = 0; i < all.size(); i++) {
      if (places.put(all.get(i).name(), i) != null) {
        throw new IllegalArgumentException("two adapters are called " + all.get(i).name());
      }
    }
  }

  /** Whether there is one of this name; null is the model as it is. */
  boolean knows(@Nullable String name) {
    return name == null || places.containsKey(name);
  }

  /** The place of a known one in the pass. */
  int index(@Nullable String name) {
    return name == null ? Batch.NO_ADAPTER : places.getOrDefault(name, Batch.NO_ADAPTER);
  }

  /** All under which there can be keys and values of requests with this salt. */
  Stream<String> salts(String cacheSalt) {
    return Stream.concat(
        Stream.of(cacheSalt), all.stream().map(adapter -> adapter.salt(cacheSalt)));
  }

  /** Under which a request's keys and values are kept and found. */
  String salt(GenerationRequest request) {
    int index = index(request.adapter());
    return index < 0 ? request.cacheSalt() : all.get(index).salt(request.cacheSalt());
  }
}
