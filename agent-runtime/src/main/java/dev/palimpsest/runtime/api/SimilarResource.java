package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/** Which memories say nearly the same. */
@Path("/v1/memories/{id}/similar")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class SimilarResource {
  private final MemoryAccess memories;
  private final Consolidation consolidation;

  /** Takes its parts. */
  public SimilarResource(StoreLink store, Consolidation consolidation) {
    this.memories = new MemoryAccess(store);
    this.consolidation = consolidation;
  }

  /** Lists the near-duplicates of a memory that were found so far, the nearest first. */
  @GET
  @Operation(summary = "Lists the near-duplicates of a memory that were found so far")
  public PageView<SimilarView> similar(
      @Context RoutingContext context, @PathParam("id") String id) {
    Caller caller = Calls.caller(context);
    Memory memory = memories.find(caller, id, null);
    return new PageView<>(
        consolidation.similar(caller.tenant(), memory.id()).stream()
            .filter(one -> caller.sight().admits(one.memory().scope()))
            .map(SimilarView::of)
            .toList(),
        null);
  }

  /**
   * A near-duplicate.
   *
   * @param cosine of the vectors of both; null where only their words were compared
   * @param sameText whether both say the same but for case and white space
   */
  record SimilarView(MemoryView memory, @Nullable Double cosine, boolean sameText) {
    static SimilarView of(Consolidation.Similar similar) {
      return new SimilarView(
          MemoryView.of(similar.memory()), similar.cosine(), similar.isSameText());
    }
  }
}
