package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.Agent;
import dev.palimpsest.memory.session.AgentChange;
import dev.palimpsest.memory.session.AgentCreation;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.AgentPatch;
import dev.palimpsest.memory.session.AgentSettings;
import dev.palimpsest.memory.session.NewAgent;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.socket.TurnProblems;
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
import java.io.InputStream;
import java.net.URI;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;

/** Agents: made, listed, changed into other versions, deleted. */
@Path("/v1/agents")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class AgentsResource {
  private final StoreLink store;
  private final Declarations declared;
  private final Bodies bodies;

  /** Takes its parts. */
  public AgentsResource(StoreLink store, Declarations declared, Bodies bodies) {
    this.store = store;
    this.declared = declared;
    this.bodies = bodies;
  }

  /** Makes an agent; the same Idempotency-Key gives the same one. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Makes an agent")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.AGENT))
  public Response create(@Context RoutingContext context, InputStream body) {
    Caller caller = Calls.caller(context);
    NewAgent asked =
        AgentRequests.create(
            bodies.read(body), caller, Calls.idempotencyKey(context), declared.hosts());
    declared.requireFitting(asked.settings().model(), asked.settings().tools());
    Agent agent =
        switch (store.agents().create(caller.tenant(), asked)) {
          case AgentCreation.Created(Agent made) -> made;
          case AgentCreation.Existing(Agent made) -> made;
          case AgentCreation.Conflict conflict ->
              throw new ProblemException(TurnProblems.keyReused());
        };
    return Response.created(URI.create("/v1/agents/" + agent.id()))
        .entity(AgentView.of(agent))
        .build();
  }

  /** Lists the newest versions, the agent that was made last first. */
  @GET
  @Operation(summary = "Lists agents")
  public PageView<AgentView> list(
      @Context RoutingContext context,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("after") @Nullable String after,
      @QueryParam("user") @Nullable String user,
      @QueryParam("agent") @Nullable String agent,
      @QueryParam("project") @Nullable String project) {
    Caller caller = Calls.caller(context);
    Scope filter = caller.bound(Paging.scope(user, agent, project));
    String from = Paging.after(after, AgentId::new);
    Page<Agent> page = store.agents().list(caller.tenant(), filter, Paging.limit(limit), from);
    return new PageView<>(page.data().stream().map(AgentView::of).toList(), page.next());
  }

  /** Shows the newest version, or the one that is asked for. */
  @GET
  @Path("/{id}")
  @Operation(summary = "Shows a version of an agent")
  public AgentView find(
      @Context RoutingContext context,
      @PathParam("id") String id,
      @QueryParam("version") @Nullable String version) {
    Integer wanted =
        version == null ? null : (int) Paging.number("version", version, 1, 1, Integer.MAX_VALUE);
    return declared
        .agents()
        .find(Calls.caller(context), id, wanted)
        .map(AgentView::of)
        .orElseThrow(AgentAccess::none);
  }

  /** Makes another version, unless nothing changes; sessions keep the one that they began with. */
  @PATCH
  @Path("/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Changes an agent into another version")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.AGENT_PATCH))
  public AgentView change(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    Caller caller = Calls.caller(context);
    AgentPatch patch = AgentRequests.patch(bodies.read(body), declared.hosts());
    Agent agent = declared.agents().own(caller, id);
    AgentSettings changed = patch.applyTo(agent.settings());
    declared.requireFitting(changed.model(), changed.tools());
    return switch (store.agents().update(caller.tenant(), agent.id(), patch)) {
      case AgentChange.Changed(Agent made) -> AgentView.of(made);
      case AgentChange.Stale(int newest) ->
          throw new ProblemException(
              ProblemKind.CONFLICT, "The change is for another 'version' than " + newest + ".");
      case AgentChange.Gone gone -> throw AgentAccess.none();
    };
  }

  /** Deletes an agent with all its versions; sessions that began with one go on. */
  @DELETE
  @Path("/{id}")
  @Operation(summary = "Deletes an agent")
  public DeleteView delete(@Context RoutingContext context, @PathParam("id") String id) {
    Caller caller = Calls.caller(context);
    Agent agent = declared.agents().own(caller, id);
    if (!store.agents().delete(caller.tenant(), agent.id())) {
      throw AgentAccess.none();
    }
    return new DeleteView(id, true);
  }

  /**
   * An agent that is no longer there.
   *
   * @param deleted always true
   */
  record DeleteView(String id, boolean deleted) {}
}
