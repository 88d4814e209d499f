package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.retrieval.Explanation;
import dev.palimpsest.retrieval.Hit;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.tree.TreeRecalled;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.recall.SearchTraces;
import dev.palimpsest.runtime.recall.Searches;
import dev.palimpsest.runtime.turn.Node;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;

/** The search of memories. */
@Path("/v1/memories/search")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class SearchResource {
  private static final String TRACE_PREFIX = "trc_";

  /** Characters of a token, about; where a budget is asked for, it is kept by this measure. */
  private static final int CHARACTERS_PER_TOKEN = 4;

  private final Searches searches;
  private final SearchTraces traces;
  private final Bodies bodies;
  private final IdSource ids;

  /** Takes its parts. */
  public SearchResource(Searches searches, SearchTraces traces, Bodies bodies, Node node) {
    this.searches = searches;
    this.traces = traces;
    this.bodies = bodies;
    this.ids = node.ids();
  }

  /** Finds memories. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Searches memories")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.SEARCH))
  public SearchView search(@Context RoutingContext context, InputStream body) {
    Caller caller = Calls.caller(context);
    MemoryQueries.Search asked = MemoryQueries.search(bodies.read(body), caller);
    String space = asked.space();
    if (space != null) {
      requireSearchable(caller, space);
    }
    if (asked.query().mode() == RecallMode.DENSE
        && !searches.knowsMeaning(caller.tenant(), space)) {
      throw new ProblemException(
          ProblemKind.EMBEDDING_MISSING,
          "Ask with the mode 'lexical' or 'hybrid'; /q/health/ready says what is missing.");
    }
    RecallQuery query = asked.query();
    TreeRecalled found = searches.search(caller.tenant(), query, asked.growth(), space);
    String id = ids.next(TRACE_PREFIX);
    traces.keep(
        caller.tenant(),
        new SearchTraces.Kept(
            id,
            query.filter().scope(),
            query.mode(),
            query.text(),
            asked.growth().seed(),
            found.trace()));
    return new SearchView(
        within(found.recalled().hits(), asked.maxTokens()).stream()
            .map(hit -> HitView.of(hit, asked.explains()))
            .toList(),
        id,
        found.recalled().isLagging());
  }

  /**
   * What was found.
   *
   * @param hits best first
   * @param traceId names this search
   * @param lagging whether the last acknowledged write was not among what was searched
   */
  record SearchView(List<HitView> hits, String traceId, boolean lagging) {}

  /**
   * A memory that was found.
   *
   * @param explanation parts that add up to the score; left out unless asked for
   */
  record HitView(
      MemoryView memory,
      double score,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<PartView> explanation) {
    static HitView of(Hit hit, boolean explains) {
      return new HitView(
          MemoryView.of(hit.memory()),
          hit.score(),
          explains ? hit.explanation().parts().stream().map(PartView::of).toList() : null);
    }
  }

  /** One signal that spoke for a hit. */
  record PartView(String signal, double share, String detail) {
    static PartView of(Explanation.Part part) {
      return new PartView(part.signal(), part.share(), part.detail());
    }
  }

  private void requireSearchable(Caller caller, String space) {
    boolean isThere =
        searches
            .spaces()
            .find(caller.tenant(), space)
            .filter(one -> one.state() != KeptSpace.State.DROPPED)
            .isPresent();
    if (!isThere) {
      throw Paging.invalid("space", "is none of the embedding spaces");
    }
    if (!searches.knowsMeaning(caller.tenant(), space)) {
      throw new ProblemException(
          ProblemKind.EMBEDDING_MISSING, "The model of the space '" + space + "' is not loaded.");
    }
  }

  /** The best hits that fit together; one that is too long makes room for shorter ones. */
  private static List<Hit> within(List<Hit> hits, @Nullable Integer maxTokens) {
    if (maxTokens == null) {
      return hits;
    }
    List<Hit> fitting = new ArrayList<>();
    long left = maxTokens;
    for (Hit hit : hits) {
      long tokens = Math.ceilDiv(hit.memory().text().length(), CHARACTERS_PER_TOKEN);
      if (tokens <= left) {
        left -= tokens;
        fitting.add(hit);
      }
    }
    return fitting;
  }
}
