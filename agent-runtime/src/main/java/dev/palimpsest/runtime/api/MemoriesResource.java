package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.EntityId;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.proof.Erasures;
import dev.palimpsest.runtime.recall.Following;
import dev.palimpsest.runtime.turn.Node;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;

/** Memories: written down, listed, corrected, ended, erased, and what was known of them when. */
@Path("/v1/memories")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class MemoriesResource {
  private final StoreLink store;
  private final MemoryAccess memories;
  private final Entities entities;
  private final MemoryMaking making;
  private final Following following;
  private final Bodies bodies;
  private final InstantSource clock;
  private final Erasures erasures;

  /** Takes its parts. */
  public MemoriesResource(
      StoreLink store,
      Following following,
      Bodies bodies,
      Node node,
      Erasures erasures,
      Entities entities) {
    this.store = store;
    this.entities = entities;
    this.memories = new MemoryAccess(store);
    this.making = new MemoryMaking(store, following);
    this.following = following;
    this.bodies = bodies;
    this.clock = node.clock();
    this.erasures = erasures;
  }

  /** Writes down a memory; the same Idempotency-Key gives the same one. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Writes down a memory")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.MEMORY))
  public Response create(@Context RoutingContext context, InputStream body) {
    Caller caller = Calls.caller(context);
    Memory made =
        making.make(
            caller,
            MemoryRequests.create(bodies.read(body), caller, Calls.idempotencyKey(context)));
    return Response.created(URI.create("/v1/memories/" + made.id()))
        .entity(MemoryView.of(made))
        .build();
  }

  /** Lists memories, newest first. */
  @GET
  @Operation(summary = "Lists memories")
  @Parameter(name = "user", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "agent", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "project", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "kind", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "session", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "source", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "speaker", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(
      name = "happened_from",
      in = ParameterIn.QUERY,
      schema = @Schema(type = SchemaType.STRING))
  @Parameter(
      name = "happened_to",
      in = ParameterIn.QUERY,
      schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "label_min", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "entity", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "as_of", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "valid_at", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "after", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  public PageView<MemoryView> list(
      @Context RoutingContext context,
      @Context UriInfo uri,
      @QueryParam("limit") @Nullable String limit) {
    Caller caller = Calls.caller(context);
    MemoryFilter filter = MemoryQueries.list(uri.getQueryParameters(), caller);
    int most = Paging.limit(limit);
    String after = MemoryQueries.after(uri.getQueryParameters());
    EntityId entity = MemoryQueries.entity(uri.getQueryParameters());
    Page<Memory> page =
        entity == null
            ? store.memories().list(caller.tenant(), filter, most, after)
            : entities.memories(caller.tenant(), entity, filter, most, after);
    return new PageView<>(page.data().stream().map(MemoryView::of).toList(), page.next());
  }

  /** Shows a memory, as it is or as it was known at {@code as_of}. */
  @GET
  @Path("/{id}")
  @Operation(summary = "Shows a memory")
  @Parameter(name = "as_of", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  public MemoryView find(
      @Context RoutingContext context, @Context UriInfo uri, @PathParam("id") String id) {
    Instant asOf = MemoryQueries.asOf(uri.getQueryParameters());
    return MemoryView.of(memories.find(Calls.caller(context), id, asOf));
  }

  /** Writes a memory's next version; null clears, absence keeps. */
  @PATCH
  @Path("/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Corrects a memory")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.MEMORY_PATCH))
  public MemoryView change(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.read(body);
    Memory memory = memories.find(caller, id, null);
    return MemoryView.of(revise(caller, memory, MemoryRequests.patch(fields, memory.content())));
  }

  /** Erases a memory with all its versions, or ends its validity. */
  @DELETE
  @Path("/{id}")
  @Operation(summary = "Erases a memory; ?mode=invalidate ends its validity instead")
  public Object erase(
      @Context RoutingContext context,
      @PathParam("id") String id,
      @QueryParam("mode") @Nullable String mode) {
    Caller caller = Calls.caller(context);
    if (mode != null && !mode.equals("erase") && !mode.equals("invalidate")) {
      throw Paging.invalid("mode", "is none of erase, invalidate");
    }
    if ("invalidate".equals(mode)) {
      Memory memory = memories.find(caller, id, null);
      return MemoryView.of(revise(caller, memory, ended(memory.content())));
    }
    Memory first = memories.history(caller, id).getFirst();
    return erasures
        .memory(caller.tenant(), first.id(), first.origin())
        .orElseThrow(MemoryAccess::none);
  }

  /** Erases all memories of a source; a key that is bound to a user erases that user's own. */
  @DELETE
  @Operation(summary = "Erases all memories of a source")
  public ObjectNode eraseSource(
      @Context RoutingContext context, @QueryParam("source") @Nullable String source) {
    Caller caller = Calls.caller(context);
    if (source == null) {
      throw Paging.invalid("source", "is missing");
    }
    return erasures.source(caller.tenant(), source(source), caller.user(), now());
  }

  private static SourceName source(String text) {
    try {
      return new SourceName(text);
    } catch (IllegalArgumentException e) {
      throw Paging.invalid("source", "cannot be the name of a source");
    }
  }

  /** Lists all versions of a memory, oldest first. */
  @GET
  @Path("/{id}/history")
  @Operation(summary = "Lists a memory's versions")
  public PageView<VersionView> history(
      @Context RoutingContext context, @PathParam("id") String id) {
    return new PageView<>(
        memories.history(Calls.caller(context), id).stream().map(VersionView::of).toList(), null);
  }

  /**
   * One version: the memory as it was, and when.
   *
   * @param supersededAt when the next version took its place; null for the newest
   */
  record VersionView(
      @JsonUnwrapped MemoryView memory, int version, @Nullable Instant supersededAt) {
    static VersionView of(Memory memory) {
      return new VersionView(MemoryView.of(memory), memory.version(), memory.supersededAt());
    }
  }

  private Memory revise(Caller caller, Memory memory, MemoryText content) {
    if (memory.isRevoked()) {
      throw new ProblemException(
          ProblemKind.REVOKED, "The memory was revoked; it can be shown and erased.");
    }
    Memory revised =
        store
            .memories()
            .revise(caller.tenant(), memory.id(), content)
            .orElseThrow(MemoryAccess::none);
    following.wake();
    return revised;
  }

  /** What has ended already stays so; what would begin later never does. */
  private MemoryText ended(MemoryText content) {
    Instant now = now();
    Instant from = content.validFrom();
    Instant to = content.validTo();
    if (to != null && to.isBefore(now)) {
      return content;
    }
    return content.valid(from, from != null && from.isAfter(now) ? from : now);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
