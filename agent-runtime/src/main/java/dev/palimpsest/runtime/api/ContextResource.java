package dev.palimpsest.runtime.api;

import dev.palimpsest.compress.kv.Policy;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.runtime.api.ContextView.ChangeView;
import dev.palimpsest.runtime.bridge.ModelException;
import dev.palimpsest.runtime.bridge.TextModel;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.socket.SessionAccess;
import dev.palimpsest.runtime.socket.TurnProblems;
import dev.palimpsest.runtime.turn.SessionWindows;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;

/** A session's window: shown, compacted, expanded. */
@Path("/v1/sessions")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ContextResource {
  private static final double RATIO_USUAL = 10;
  private static final double RATIO_MAX = 1_000;
  private static final int WORD_CHARACTERS_MAX = 256;

  private final SessionAccess sessions;
  private final SessionWindows windows;
  private final Bodies bodies;

  /** Takes its parts. */
  public ContextResource(SessionAccess sessions, SessionWindows windows, Bodies bodies) {
    this.sessions = sessions;
    this.windows = windows;
    this.bodies = bodies;
  }

  /** Shows what is in the window, and what has fallen out of it. */
  @GET
  @Path("/{id}/context")
  @Operation(summary = "Shows what is in a session's window")
  public ContextView context(@Context RoutingContext context, @PathParam("id") String id) {
    Caller caller = Calls.caller(context);
    Session session = sessions.find(caller, id);
    try {
      return ContextView.of(session, windows.look(caller.tenant(), session, model(session)));
    } catch (ModelException e) {
      throw failed(e);
    }
  }

  /** Makes the beginning of the window shorter, and waits for it. */
  @POST
  @Path("/{id}/compact")
  @Operation(summary = "Compacts the beginning of a session's window")
  @RequestBody(
      required = false,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.COMPACT))
  public ChangeView compact(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.readOptional(body);
    double ratio = ratio(fields);
    Policy policy = policy(fields);
    fields.refuseOthers();
    fields.check();
    Session session = sessions.find(caller, id);
    try {
      return answer(
          session, windows.compact(caller.tenant(), session, model(session), policy, ratio));
    } catch (ModelException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProblemException(ProblemKind.STOPPING, "Nothing was compacted.");
    }
  }

  /** Makes the window exact again. */
  @POST
  @Path("/{id}/expand")
  @Operation(summary = "Gives the compacted part of a session's window up")
  @RequestBody(
      required = false,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.EXPAND))
  public ChangeView expand(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.readOptional(body);
    String segment = fields.text("segment", WORD_CHARACTERS_MAX);
    fields.refuseOthers();
    fields.check();
    Session session = sessions.find(caller, id);
    try {
      return answer(session, windows.expand(caller.tenant(), session, model(session), segment));
    } catch (ModelException e) {
      throw failed(e);
    }
  }

  private static double ratio(Fields fields) {
    Double asked = fields.number("ratio");
    if (asked != null && (asked < 1 || asked > RATIO_MAX)) {
      fields.refuse("ratio", "is tokens before ÷ after: 1 to " + (int) RATIO_MAX);
    }
    return asked == null ? RATIO_USUAL : asked;
  }

  private static Policy policy(Fields fields) {
    String name = fields.text("policy", WORD_CHARACTERS_MAX);
    if (name == null) {
      return Policy.USUAL;
    }
    return Policy.of(name)
        .orElseGet(() -> {
          fields.refuse("policy", "is none of " + Policy.names());
          return Policy.USUAL;
        });
  }

  private TextModel model(Session session) {
    return windows
        .model(session)
        .orElseThrow(() ->
            new ProblemException(
                ProblemKind.MODEL_MISSING, "The session's model is not loaded here."));
  }

  private static ChangeView answer(Session session, SessionWindows.Outcome outcome) {
    return switch (outcome) {
      case SessionWindows.Outcome.Compacted(var part) -> ChangeView.compacted(session, part);
      case SessionWindows.Outcome.Expanded(var part) -> ChangeView.expanded(session, part);
      case SessionWindows.Outcome.Nothing(String detail) ->
          throw new ProblemException(ProblemKind.NOTHING_TO_COMPACT, detail);
      case SessionWindows.Outcome.Unable(String detail) ->
          throw new ProblemException(ProblemKind.NOT_COMPACTABLE, detail);
      case SessionWindows.Outcome.Failed(String detail) ->
          throw new ProblemException(ProblemKind.OVERLOADED, detail);
      case SessionWindows.Outcome.NoSegment none ->
          throw Paging.invalid("segment", "is no segment of the compacted part");
      case SessionWindows.Outcome.Gone gone -> throw new ProblemException(TurnProblems.noSession());
    };
  }

  private static ProblemException failed(ModelException e) {
    return new ProblemException(ProblemKind.MODEL_FAILED, String.valueOf(e.getMessage()));
  }
}
