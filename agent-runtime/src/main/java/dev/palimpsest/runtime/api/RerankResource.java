package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.runtime.bridge.RankModel;
import dev.palimpsest.runtime.bridge.SideModels;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/**
 * Puts documents into the order in which they answer a question, in the dialect that Jina, Cohere
 * and llama.cpp's server share. Nothing of a call is kept.
 */
@Path("/v1/rerank")
@RunOnVirtualThread
public class RerankResource {
  private static final int DOCUMENTS_MAX = 1_000;

  private final SideModels files;
  private final Bodies bodies;

  /** Takes its parts. */
  public RerankResource(SideModels files, Bodies bodies) {
    this.files = files;
    this.bodies = bodies;
  }

  /** Ranks documents. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Ranks documents by how well they answer a question")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.RERANK))
  public Answer create(InputStream body) {
    Fields fields = bodies.read(body);
    String wanted = Dialect.model(fields);
    String query = fields.requiredText("query", Dialect.TEXT_CHARACTERS_MAX);
    List<String> documents = documents(fields);
    Integer most = fields.wholeNumber("top_n", 1, Integer.MAX_VALUE);
    boolean isQuoting = fields.flag("return_documents");
    fields.refuseOthers();
    fields.check();
    RankModel model = model(wanted);
    List<RankModel.Rank> ranks = model.rank(query, documents);
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < ranks.size(); i++) {
      Document quoted = isQuoting ? new Document(documents.get(i)) : null;
      results.add(new Result(i, ranks.get(i).relevance(), quoted));
    }
    results.sort(
        Comparator.comparingDouble(Result::relevanceScore).reversed().thenComparing(Result::index));
    int tokens = ranks.stream().mapToInt(RankModel.Rank::tokens).sum();
    int told = most == null ? results.size() : Math.min(most, results.size());
    return new Answer(model.id(), results.subList(0, told), new Usage(tokens));
  }

  /** What our own code refused, in the dialect. */
  @ServerExceptionMapper
  public Response map(ProblemException e) {
    return Dialect.refused(e.problem());
  }

  /** Texts, or objects with a text. */
  private static List<String> documents(Fields fields) {
    List<JsonNode> elements = fields.elements("documents");
    if (elements.isEmpty() || elements.size() > DOCUMENTS_MAX) {
      fields.refuse("documents", "must be an array of 1 to " + DOCUMENTS_MAX);
    }
    List<String> documents = new ArrayList<>();
    for (int i = 0; i < elements.size() && fields.isGood("documents"); i++) {
      JsonNode each = elements.get(i);
      if (each.isTextual() && each.textValue().length() <= Dialect.TEXT_CHARACTERS_MAX) {
        documents.add(each.textValue());
      } else {
        Fields document = fields.element("documents", i, each);
        documents.add(document.requiredText("text", Dialect.TEXT_CHARACTERS_MAX));
      }
    }
    return documents;
  }

  private RankModel model(@Nullable String wanted) {
    RankModel model =
        files
            .ranks()
            .orElseThrow(() ->
                new ProblemException(
                    ProblemKind.MODEL_MISSING,
                    "There is no reranker: name a GGUF file with palimpsest.rerank-model."));
    if (wanted != null && !wanted.equals(model.id())) {
      throw Dialect.noModel(wanted, "'" + model.id() + "'");
    }
    return model;
  }

  /** The answer, best first. */
  record Answer(String model, List<Result> results, Usage usage) {}

  /**
   * A document's place.
   *
   * @param index in the call
   * @param document where it was asked for
   */
  record Result(int index, double relevanceScore, @Nullable Document document) {}

  /** A document's text. */
  record Document(String text) {}

  /** What was read. */
  record Usage(int totalTokens) {}
}
