package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.SessionPatch;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEventCodec;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.proof.Erasures;
import dev.palimpsest.runtime.socket.SessionAccess;
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
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;

/** Sessions: made, listed, changed, erased, and their durable events. */
@Path("/v1/sessions")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class SessionsResource {
  private final StoreLink store;
  private final SessionAccess sessions;
  private final Declarations declared;
  private final Bodies bodies;
  private final ObjectMapper json;
  private final Erasures erasures;
  private final TurnEventCodec codec = new TurnEventCodec();

  /** Takes its parts. */
  public SessionsResource(
      StoreLink store,
      SessionAccess sessions,
      Declarations declared,
      Bodies bodies,
      ObjectMapper json,
      Erasures erasures) {
    this.store = store;
    this.sessions = sessions;
    this.declared = declared;
    this.bodies = bodies;
    this.json = json;
    this.erasures = erasures;
  }

  /** Makes a session; the same Idempotency-Key gives the same one. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Makes a session")
  @RequestBody(
      required = false,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.SESSION))
  public Response create(@Context RoutingContext context, InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.readOptional(body);
    NewSession asked =
        SessionRequests.create(fields, caller, Calls.idempotencyKey(context), declared);
    NewSession settled = asked.settled();
    declared.requireFitting(settled.model(), settled.tools());
    return made(sessions.create(caller, asked));
  }

  /** Makes a session that begins with the past of this one; each goes on alone. */
  @POST
  @Path("/{id}/fork")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Makes a session that begins with the past of this one")
  @RequestBody(
      required = false,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.FORK))
  public Response fork(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    Caller caller = Calls.caller(context);
    Long at = SessionRequests.forkAt(bodies.readOptional(body));
    return made(sessions.fork(caller, id, at, Calls.idempotencyKey(context)));
  }

  private static Response made(Session session) {
    return Response.created(URI.create("/v1/sessions/" + session.id()))
        .entity(SessionView.of(session))
        .build();
  }

  /** Lists sessions, newest first. */
  @GET
  @Operation(summary = "Lists sessions")
  @Parameter(name = "user", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "agent", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "project", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "as_of", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  public PageView<SessionView> list(
      @Context RoutingContext context,
      @Context UriInfo uri,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("after") @Nullable String after) {
    Caller caller = Calls.caller(context);
    var query = uri.getQueryParameters();
    Scope asked =
        Paging.scope(query.getFirst("user"), query.getFirst("agent"), query.getFirst("project"));
    Scope filter = SessionRequests.bound(asked, caller);
    String from = Paging.after(after, SessionId::new);
    Instant asOf = MemoryQueries.asOf(query);
    Page<Session> page =
        store.sessions().list(caller.tenant(), filter, Paging.limit(limit), from, asOf);
    return new PageView<>(page.data().stream().map(SessionView::of).toList(), page.next());
  }

  /** Shows a session, as it is or as it was at {@code as_of}. */
  @GET
  @Path("/{id}")
  @Operation(summary = "Shows a session")
  @Parameter(name = "as_of", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  public SessionView find(
      @Context RoutingContext context, @Context UriInfo uri, @PathParam("id") String id) {
    Instant asOf = MemoryQueries.asOf(uri.getQueryParameters());
    return SessionView.of(sessions.find(Calls.caller(context), id, asOf));
  }

  /** Changes title, instructions or sampling; null clears, absence keeps. */
  @PATCH
  @Path("/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Changes a session")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.PATCH))
  public SessionView change(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.read(body);
    Map<String, String> accepted = ToolChanges.accepted(fields);
    SessionPatch patch = SessionRequests.patch(fields, declared.hosts());
    Session session = sessions.find(caller, id);
    List<Tool> tools = patch.tools().applyTo(null);
    if (tools != null) {
      declared.requireFitting(session.model(), tools);
      ToolChanges.require(session.tools(), tools, accepted);
    }
    return store
        .sessions()
        .update(caller.tenant(), session.id(), patch)
        .map(SessionView::of)
        .orElseThrow(() -> new ProblemException(TurnProblems.noSession()));
  }

  /** Erases a session with all its events and answers with a receipt. */
  @DELETE
  @Path("/{id}")
  @Operation(summary = "Erases a session")
  public ObjectNode erase(@Context RoutingContext context, @PathParam("id") String id) {
    Caller caller = Calls.caller(context);
    Session session = sessions.find(caller, id);
    return erasures
        .session(caller.tenant(), session.id())
        .orElseThrow(() -> new ProblemException(TurnProblems.noSession()));
  }

  /** Lists the durable events above a number, all or those that were there at {@code as_of}. */
  @GET
  @Path("/{id}/events")
  @Operation(summary = "Lists durable events")
  @Parameter(name = "as_of", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  public Response events(
      @Context RoutingContext context,
      @Context UriInfo uri,
      @PathParam("id") String id,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    Caller caller = Calls.caller(context);
    long from = Paging.number("after", after, 0, 0, Long.MAX_VALUE);
    int count = Paging.limit(limit);
    Instant asOf = MemoryQueries.asOf(uri.getQueryParameters());
    Session session = sessions.find(caller, id, asOf);
    List<LoggedEvent> events =
        store.sessions().read(caller.tenant(), session.id(), from, count, asOf);
    ObjectNode answer = json.createObjectNode();
    ArrayNode list = answer.putArray("events");
    events.forEach(event -> list.add(event(event)));
    long newest = events.isEmpty() ? 0 : events.getLast().number();
    return Response.ok(answer.put("last", Math.max(session.lastEvent(), newest))).build();
  }

  /** An event with its members beside its number, as the store writes them. */
  private ObjectNode event(LoggedEvent event) {
    ObjectNode node = json.createObjectNode();
    node.put("number", event.number());
    node.put("turn", event.turn().value());
    node.put("at", event.at().toString());
    node.put("type", codec.type(event.event()));
    try {
      json.readTree(codec.encode(event.event()))
          .properties()
          .forEach(member ->
              node.set(node.has(member.getKey()) ? "failure" : member.getKey(), member.getValue()));
      return node;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was encoded is JSON", e);
    }
  }
}
