package dev.palimpsest.runtime;

import dev.palimpsest.runtime.bridge.LocalModel;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.SideModels;
import java.util.Optional;

/**
 * The place for a model.
 *
 * @param slot what turns are told
 * @param local the model at work, if there is one
 * @param sides the models beside it, borrowed
 */
record ModelPlace(ModelSlot slot, Optional<LocalModel> local, SideModels sides) {
  static ModelPlace of(LocalModel local, SideModels sides) {
    return new ModelPlace(new ModelSlot.Loaded(local.texts()), Optional.of(local), sides);
  }

  static ModelPlace empty(String reason, boolean isBroken, SideModels sides) {
    return new ModelPlace(new ModelSlot.Missing(reason, isBroken), Optional.empty(), sides);
  }

  void close() {
    local.ifPresent(LocalModel::close);
  }
}
