package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.socket.CallAnswerReader;
import dev.palimpsest.runtime.socket.SessionAccess;
import dev.palimpsest.runtime.socket.TurnJson;
import dev.palimpsest.runtime.socket.TurnProblems;
import dev.palimpsest.runtime.socket.TurnRequestReader;
import dev.palimpsest.runtime.turn.CallAnswer;
import dev.palimpsest.runtime.turn.SessionKey;
import dev.palimpsest.runtime.turn.Started;
import dev.palimpsest.runtime.turn.Taken;
import dev.palimpsest.runtime.turn.TurnRequest;
import dev.palimpsest.runtime.turn.TurnRunner;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;

/** Turns: asked for, as one answer or as a stream, and stopped. */
@Path("/v1/sessions/{id}/turns")
@RunOnVirtualThread
public class TurnsResource {
  private final SessionAccess sessions;
  private final TurnRunner turns;
  private final TurnStream stream;
  private final TurnJson json;
  private final Bodies bodies;

  /** Takes its parts. */
  public TurnsResource(
      SessionAccess sessions, TurnRunner turns, TurnStream stream, TurnJson json, Bodies bodies) {
    this.sessions = sessions;
    this.turns = turns;
    this.stream = stream;
    this.json = json;
    this.bodies = bodies;
  }

  /** Asks for a turn: one answer, or with stream server-sent events. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Asks for a turn")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.TURN))
  public Response create(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.read(body);
    boolean isStream = fields.flag("stream");
    TurnRequest request = named(TurnRequestReader.read(fields), context);
    fields.refuseOthers();
    fields.check();
    Session session = sessions.find(caller, id);
    Started started = turns.start(caller.tenant(), session, request);
    TurnProblems.of(started)
        .ifPresent(problem -> {
          throw new ProblemException(problem);
        });
    return told(new SessionKey(caller.tenant(), session.id()), started, isStream);
  }

  /** Says what came of a call that the client performs; answered like the turn itself. */
  @POST
  @Path("/{turn}/calls/{call}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Answers a call of a tool that the client performs")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.CALL))
  public Response answer(
      @Context RoutingContext context,
      @PathParam("id") String id,
      @PathParam("turn") String turn,
      @PathParam("call") String call,
      InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.read(body);
    boolean isStream = fields.flag("stream");
    Session session = sessions.find(caller, id);
    if (!TurnId.isOne(turn)) {
      throw noTurn();
    }
    if (StorableText.problem(call, TurnEvent.NAME_CHARACTERS_MAX).isPresent()) {
      throw new ProblemException(ProblemKind.NOT_FOUND, "There is no such call.");
    }
    CallAnswer answer = CallAnswerReader.read(fields, new TurnId(turn), call);
    return switch (turns.answer(caller.tenant(), session, answer)) {
      case Taken.Committed(Started started, var said, var calls) ->
          told(new SessionKey(caller.tenant(), session.id()), started, isStream);
      case Taken refused ->
          throw new ProblemException(TurnProblems.of(answer.turn(), refused).orElseThrow());
    };
  }

  private Response told(SessionKey key, Started started, boolean isStream) {
    return isStream
        ? streamed(key, started)
        : TurnEnd.await(
            started,
            result -> Response.ok(json.result(result), JSON).build(),
            waiting -> Response.accepted(json.waiting(waiting)).type(JSON).build());
  }

  /** Stops a running turn and answers with how it ended. */
  @POST
  @Path("/{turn}/cancel")
  @Operation(summary = "Stops a turn")
  public Response cancel(
      @Context RoutingContext context,
      @PathParam("id") String id,
      @PathParam("turn") String turn,
      InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.readOptional(body);
    fields.refuseOthers();
    fields.check();
    Session session = sessions.find(caller, id);
    if (!TurnId.isOne(turn)) {
      throw noTurn();
    }
    Started cancelled =
        turns.cancel(caller.tenant(), session, new TurnId(turn)).orElseThrow(TurnsResource::noTurn);
    return told(new SessionKey(caller.tenant(), session.id()), cancelled, false);
  }

  private static final MediaType JSON = MediaType.APPLICATION_JSON_TYPE;

  /** The idempotency key names the turn where the body does not. */
  private static TurnRequest named(TurnRequest request, RoutingContext context) {
    String key = Calls.idempotencyKey(context);
    return request.clientTurnId() != null || key == null ? request : request.named(key);
  }

  private Response streamed(SessionKey key, Started started) {
    StreamingOutput output = out -> stream.write(key, started, out);
    return Response.ok(output, MediaType.SERVER_SENT_EVENTS_TYPE)
        .header("Cache-Control", "no-store")
        .build();
  }

  private static ProblemException noTurn() {
    return new ProblemException(ProblemKind.NOT_FOUND, "There is no such turn.");
  }
}
