package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.SideModels;
import dev.palimpsest.runtime.bridge.VectorModel;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's {@code embeddings}: vectors of texts by the model file that was given for it, or by the
 * model with which memories are searched. Nothing of a call is kept.
 */
@Path("/v1/embeddings")
@RunOnVirtualThread
public class EmbeddingsResource {
  private static final int TEXTS_MAX = 2_048;

  private final SideModels files;
  private final EmbedderSlot inProcess;
  private final Bodies bodies;

  /** Takes its parts. */
  public EmbeddingsResource(SideModels files, EmbedderSlot inProcess, Bodies bodies) {
    this.files = files;
    this.inProcess = inProcess;
    this.bodies = bodies;
  }

  /** Makes a vector of each text. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Turns texts into vectors")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.EMBEDDINGS))
  public Answer create(InputStream body) {
    Fields fields = bodies.read(body);
    String wanted = Dialect.model(fields);
    List<String> texts = texts(fields);
    fields.passOver("user");
    Encoding encoding = fields.word("encoding_format", Encoding.class);
    Integer dimensions = fields.wholeNumber("dimensions", 1, Integer.MAX_VALUE);
    fields.refuseOthers();
    fields.check();
    VectorModel model = model(wanted);
    if (dimensions != null && dimensions != model.dimensions()) {
      throw Paging.invalid(
          "dimensions", "is " + dimensions + "; this model's vectors have " + model.dimensions());
    }
    return answer(model, model.vectors(texts), encoding == Encoding.BASE64);
  }

  /** What our own code refused, in the dialect. */
  @ServerExceptionMapper
  public Response map(ProblemException e) {
    return Dialect.refused(e.problem());
  }

  private static List<String> texts(Fields fields) {
    if (!fields.isArray("input")) {
      return List.of(notEmpty(fields, fields.requiredText("input", Dialect.TEXT_CHARACTERS_MAX)));
    }
    List<JsonNode> elements = fields.elements("input");
    if (elements.isEmpty() || elements.size() > TEXTS_MAX) {
      fields.refuse("input", "has " + elements.size() + " texts; 1 to " + TEXTS_MAX);
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode each : elements) {
      if (!each.isTextual() || each.textValue().length() > Dialect.TEXT_CHARACTERS_MAX) {
        fields.refuse(
            "input", "takes texts of at most " + Dialect.TEXT_CHARACTERS_MAX + " characters");
        break;
      }
      texts.add(notEmpty(fields, each.textValue()));
    }
    return texts;
  }

  private static String notEmpty(Fields fields, String text) {
    if (text.isBlank() && fields.isGood("input")) {
      fields.refuse("input", "has a text without a word");
    }
    return text;
  }

  private VectorModel model(@Nullable String wanted) {
    List<VectorModel> all =
        Stream.concat(files.vectors().stream(), inProcess.vectors().stream()).toList();
    if (all.isEmpty()) {
      throw new ProblemException(
          ProblemKind.EMBEDDING_MISSING,
          "There is no embedding model: name a GGUF file with palimpsest.embedding-model.");
    }
    return all.stream()
        .filter(model -> wanted == null || model.id().equals(wanted))
        .findFirst()
        .orElseThrow(() ->
            Dialect.noModel(
                String.valueOf(wanted),
                all.stream()
                    .map(model -> "'" + model.id() + "'")
                    .collect(Collectors.joining(", "))));
  }

  private static Answer answer(
      VectorModel model, List<VectorModel.Vector> vectors, boolean isBase64) {
    List<Item> items = new ArrayList<>();
    int tokens = 0;
    for (VectorModel.Vector each : vectors) {
      float[] values = each.embedding().values();
      items.add(new Item("embedding", items.size(), isBase64 ? base64(values) : values));
      tokens += each.tokens();
    }
    return new Answer("list", items, model.id(), new Usage(tokens, tokens));
  }

  /** Little-endian floats, as OpenAI's clients ask for them. */
  private static String base64(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  /** How a vector is written. */
  enum Encoding {
    FLOAT,
    BASE64
  }

  /**
   * The answer.
   *
   * @param object always {@code list}
   */
  record Answer(String object, List<Item> data, String model, Usage usage) {}

  /**
   * One text's vector.
   *
   * @param object always {@code embedding}
   * @param embedding numbers, or a text in base64
   */
  record Item(String object, int index, Object embedding) {}

  /** What was read. */
  record Usage(int promptTokens, int totalTokens) {}
}
