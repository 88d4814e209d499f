package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.tree.Action;
import dev.palimpsest.retrieval.tree.Trace;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.recall.SearchTraces;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/** How searches went; the last ones of each tenant are remembered. */
@Path("/v1/searches")
@Produces(MediaType.APPLICATION_JSON)
public class TracesResource {
  private static final double MICROS_PER_MILLI = 1e3;

  private final SearchTraces traces;

  /** Takes its part. */
  public TracesResource(SearchTraces traces) {
    this.traces = traces;
  }

  /** The tree of one search. */
  @GET
  @Path("/{id}")
  @Operation(summary = "How a search went")
  public TraceView trace(@Context RoutingContext context, @PathParam("id") String id) {
    Caller caller = Calls.caller(context);
    return traces
        .find(caller.tenant(), id)
        .filter(kept -> caller.user() == null || caller.user().equals(kept.scope().user()))
        .map(TraceView::of)
        .orElseThrow(() ->
            new ProblemException(
                ProblemKind.NOT_FOUND, "There is no such search, or it is forgotten by now."));
  }

  /**
   * A search.
   *
   * @param verdict plain, easy, spent or searched
   * @param best number of the node that answered
   */
  record TraceView(
      String traceId,
      String mode,
      String query,
      long seed,
      String verdict,
      int best,
      int depth,
      List<NodeView> nodes) {
    static TraceView of(SearchTraces.Kept kept) {
      Trace trace = kept.trace();
      RecallMode mode = kept.mode();
      return new TraceView(
          kept.id(),
          Names.of(mode),
          kept.query(),
          kept.seed(),
          Names.of(trace.verdict()),
          trace.best(),
          trace.depth(),
          trace.nodes().stream().map(NodeView::of).toList());
    }
  }

  /**
   * A node.
   *
   * @param action null of the root
   * @param text what was asked, null of the root
   * @param evidence ids of the best memories known there
   * @param timeMs of the action
   */
  record NodeView(
      int number,
      @Nullable Integer parent,
      @Nullable String action,
      @Nullable String text,
      double prior,
      int visits,
      double value,
      double ownValue,
      List<String> evidence,
      double timeMs) {
    static NodeView of(Trace.Node node) {
      Action action = node.action();
      return new NodeView(
          node.number(),
          node.parent(),
          action == null ? null : Names.of(action.kind()),
          action == null ? null : action.text(),
          node.prior(),
          node.visits(),
          node.value(),
          node.ownValue(),
          node.evidence().stream().map(MemoryId::value).toList(),
          node.micros() / MICROS_PER_MILLI);
    }
  }
}
