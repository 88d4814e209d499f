package dev.palimpsest.runtime.api;

import dev.palimpsest.runtime.bridge.ModelCard;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.TextModel;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** The models that answer, in the shape in which OpenAI clients read a list of models. */
@Path("/v1/models")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ModelsResource {
  private final ModelSlot models;

  /** Takes the model, if there is one. */
  public ModelsResource(ModelSlot models) {
    this.models = models;
  }

  /** Lists the models that answer. */
  @GET
  @Operation(summary = "Lists models")
  public ModelList list() {
    return new ModelList("list", models.all().stream().map(ModelView::of).toList());
  }

  /**
   * The list.
   *
   * @param object always {@code list}
   * @param data empty without a model
   */
  record ModelList(String object, List<ModelView> data) {}

  /**
   * One model.
   *
   * @param object always {@code model}
   * @param created seconds since 1970 of the file's last change
   * @param context tokens that prompt and answer may take together
   * @param sha256 of the file, hexadecimal
   */
  record ModelView(
      String id,
      String object,
      long created,
      String ownedBy,
      String architecture,
      String quantisation,
      long parameters,
      int context,
      long bytes,
      String sha256) {
    static ModelView of(TextModel model) {
      ModelCard card = model.card();
      return new ModelView(
          card.id(),
          "model",
          card.createdAt().getEpochSecond(),
          "local",
          card.architecture(),
          card.quantisation(),
          card.parameters(),
          card.contextTokens(),
          card.bytes(),
          model.fingerprint());
    }
  }
}
