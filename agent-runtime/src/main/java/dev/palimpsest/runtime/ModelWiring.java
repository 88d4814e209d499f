package dev.palimpsest.runtime;

import dev.palimpsest.engine.chat.ChatTemplateException;
import dev.palimpsest.engine.format.ModelFormatException;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.LocalModel;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.SessionSnapshots;
import dev.palimpsest.runtime.bridge.SideModels;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;

/** Makes the models; {@link Wiring} makes everything else. */
@Singleton
final class ModelWiring {
  /** The models beside the one that answers; who names one wants it. */
  @Produces
  @Singleton
  static SideModels sideModels(Settings settings) {
    try {
      SideModels models = SideModels.open(settings.sideModels());
      long most = settings.engine().engine().memoryBytesMax();
      if (models.bytes() < most) {
        return models;
      }
      models.close();
      throw new SettingsException(
          List.of(
              "palimpsest.engine.memory-bytes: is %,d, and the models beside the one that answers take %,d"
                  .formatted(most, models.bytes())));
    } catch (ModelFormatException | IllegalArgumentException e) {
      throw new SettingsException(
          List.of("palimpsest.embedding-model, palimpsest.rerank-model: " + e.getMessage()));
    }
  }

  void close(@Disposes SideModels models) {
    models.close();
  }

  /** The model, or why there is none; a file that cannot be used does not stop the service. */
  @Produces
  @Singleton
  ModelPlace model(Settings settings, SideModels sides, SessionSnapshots snapshots) {
    if (settings.model().isEmpty()) {
      return ModelPlace.empty(
          "name a GGUF file with PALIMPSEST_MODEL or ./palimpsest run --model FILE", false, sides);
    }
    try {
      LocalModel.Options options = settings.engine().less(sides.bytes());
      return ModelPlace.of(LocalModel.open(settings.model().get(), options, snapshots), sides);
    } catch (ModelFormatException | ChatTemplateException e) {
      return ModelPlace.empty(settings.model().get() + ": " + e.getMessage(), true, sides);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new SettingsException(List.of("palimpsest.engine: " + e.getMessage()));
    }
  }

  void close(@Disposes ModelPlace place) {
    place.close();
  }

  @Produces
  @Singleton
  ModelSlot modelSlot(ModelPlace place) {
    return place.slot();
  }

  /** Where an embedder will be; the service loads it after the start. */
  @Produces
  @Singleton
  EmbedderSlot embedders(Settings settings) {
    return settings.memory().embeds()
        ? new EmbedderSlot()
        : EmbedderSlot.empty("switched off by palimpsest.memory.embedder");
  }

  void close(@Disposes EmbedderSlot embedders) {
    embedders.close();
  }
}
