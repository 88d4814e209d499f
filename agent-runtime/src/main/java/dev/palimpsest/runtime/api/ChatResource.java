package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.session.EraseReceipt;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.Likelihood;
import dev.palimpsest.runtime.bridge.ModelCard;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.TextModel;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.socket.SessionAccess;
import dev.palimpsest.runtime.socket.TurnJson;
import dev.palimpsest.runtime.socket.TurnProblems;
import dev.palimpsest.runtime.turn.CallAnswer;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.Node;
import dev.palimpsest.runtime.turn.RunningTurn;
import dev.palimpsest.runtime.turn.Started;
import dev.palimpsest.runtime.turn.Taken;
import dev.palimpsest.runtime.turn.TurnRequest;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.TurnRunner;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's {@code chat/completions} over our turns. Each call is one turn of a fresh session, whose
 * past is what the client brought along; or a turn of a session of ours that it names.
 */
@Path("/v1/chat/completions")
@RunOnVirtualThread
public class ChatResource {
  private static final Logger LOG = Logger.getLogger(ChatResource.class);

  private final StoreLink store;
  private final SessionAccess sessions;
  private final ModelSlot models;
  private final TurnRunner turns;
  private final Feeds feeds;
  private final Bodies bodies;
  private final InstantSource clock;
  private final ChatAnswers answers;

  /** Takes its parts. */
  public ChatResource(
      SessionParts parts,
      ModelSlot models,
      TurnRunner turns,
      Feeds feeds,
      Bodies bodies,
      Node node) {
    this.store = parts.store();
    this.sessions = parts.sessions();
    this.models = models;
    this.turns = turns;
    this.feeds = feeds;
    this.bodies = bodies;
    this.clock = node.clock();
    this.answers = new ChatAnswers(parts.json(), parts.turnJson());
  }

  /** Answers the last message. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Answers in OpenAI's dialect")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.CHAT))
  public Response create(@Context RoutingContext context, InputStream body) {
    return create(Calls.caller(context), Calls.idempotencyKey(context), bodies.read(body));
  }

  /**
   * The same for a caller who was let in.
   *
   * @param key for which the same call is answered the same, or null
   */
  Response create(Caller caller, @Nullable String key, Fields body) {
    ChatRequests.Chat chat = ChatRequests.read(body);
    ModelCard wanted = card(chat.model());
    if (!chat.answers().isEmpty()) {
      return goOn(caller, chat, wanted);
    }
    Session session = session(caller, chat, wanted, key);
    ModelCard card = models.find(session.model()).map(TextModel::card).orElse(wanted);
    Started started = start(caller, session, request(chat, card, key), chat);
    return told(new Taken.Committed(started, "", Set.of()), card, chat);
  }

  /** What came of calls goes to the turn that made them, and what follows is the answer. */
  private Response goOn(Caller caller, ChatRequests.Chat chat, ModelCard wanted) {
    List<ChatCallId> ids = chat.answers().stream().map(ChatResource::id).toList();
    ChatCallId first = ids.getFirst();
    Session session = sessions.find(caller, first.session().value());
    Taken.Committed taken = null;
    for (int i = 0; i < ids.size(); i++) {
      ChatMessages.ToolMessage message = chat.answers().get(i);
      if (!ids.get(i).turn().equals(first.turn())) {
        throw Paging.invalid(place(message), "is of another answer than the one before");
      }
      CallAnswer answer = new CallAnswer(first.turn(), ids.get(i).call(), message.text(), false);
      Taken came = turns.answer(caller.tenant(), session, answer);
      taken =
          switch (came) {
            case Taken.Committed committed -> committed;
            case Taken refused ->
                throw new ProblemException(
                    TurnProblems.of(first.turn(), refused)
                        .orElseThrow()
                        .withErrors(
                            List.of(
                                new Problem.FieldError(
                                    place(message), "is no call that takes this answer"))));
          };
    }
    ModelCard card = models.find(session.model()).map(TextModel::card).orElse(wanted);
    return told(Objects.requireNonNull(taken), card, chat);
  }

  private static ChatCallId id(ChatMessages.ToolMessage message) {
    return ChatCallId.of(message.id())
        .orElseThrow(() -> Paging.invalid(place(message), "is the id of no call made here"));
  }

  private static String place(ChatMessages.ToolMessage message) {
    return "messages[" + message.index() + "].tool_call_id";
  }

  private Response told(Taken.Committed taken, ModelCard card, ChatRequests.Chat chat) {
    return chat.isStream() ? streamed(taken, card, chat.tellsUsage()) : answered(taken, card);
  }

  /** What our own code refused, in the dialect. */
  @ServerExceptionMapper
  public Response map(ProblemException e) {
    return Dialect.refused(e.problem());
  }

  /** The store failed or is away. */
  @ServerExceptionMapper
  public Response map(MemoryStoreException e) {
    LOG.warnf("request=failed why=store operation=%s", e.operation());
    return Dialect.refused(TurnProblems.of(e));
  }

  /** The name of another model is a mistake better told than passed over. */
  private ModelCard card(@Nullable String wanted) {
    if (models instanceof ModelSlot.Missing(String reason, boolean isBroken)) {
      throw new ProblemException(ProblemKind.MODEL_MISSING, reason);
    }
    return models
        .find(Dialect.model(wanted))
        .map(TextModel::card)
        .orElseThrow(() -> Dialect.noModel(String.valueOf(wanted), models.names()));
  }

  private Session session(
      Caller caller, ChatRequests.Chat chat, ModelCard wanted, @Nullable String key) {
    String named = chat.own().session();
    if (named != null) {
      Session found = sessions.find(caller, named);
      ToolChanges.require(found.tools(), chat.tools(), Map.of());
      if (!ToolChanges.sums(found.tools()).keySet().containsAll(names(chat.tools()))) {
        throw Paging.invalid("tools", "has some that the session does not have");
      }
      return found;
    }
    NewSession fresh =
        new NewSession(
            null,
            models.find(null).map(TextModel::card).equals(Optional.of(wanted)) ? null : wanted.id(),
            chat.instructions(),
            SessionRequests.bound(chat.own().scope(), caller),
            null,
            null,
            key,
            chat.tools().isEmpty() ? null : chat.tools(),
            null);
    return sessions.create(caller, fresh);
  }

  private static List<String> names(List<Tool> tools) {
    return tools.stream().map(Tool::calledName).toList();
  }

  /** In a session that is named the past is its own, and the client's is passed over. */
  private TurnRequest request(ChatRequests.Chat chat, ModelCard card, @Nullable String key) {
    int most = Math.min(turns.limits().outputTokensMax(), Math.max(1, card.contextTokens() / 2));
    Integer asked = chat.outputTokensMax();
    return new TurnRequest(
        chat.input(),
        key,
        asked == null ? null : Math.min(asked, most),
        chat.sampling(),
        chat.own().recall(),
        chat.own().grounded(),
        chat.own().session() == null ? chat.given() : List.of(),
        chat.stop(),
        chat.format(),
        null,
        chat.told());
  }

  /** A refusal leaves nothing behind. */
  private Started start(
      Caller caller, Session session, TurnRequest request, ChatRequests.Chat chat) {
    Started started = turns.start(caller.tenant(), session, request);
    Optional<Problem> problem = TurnProblems.of(started);
    if (problem.isPresent()) {
      if (chat.own().session() == null && session.lastEvent() == 0) {
        Optional<EraseReceipt> gone = store.sessions().erase(caller.tenant(), session.id());
        assert gone.isEmpty() || gone.get().eventsErased() == 0;
      }
      throw new ProblemException(problem.get());
    }
    return started;
  }

  private Response answered(Taken.Committed taken, ModelCard card) {
    return TurnEnd.await(
        taken.turn(),
        result -> {
          Problem problem = ChatStream.problem(result);
          ChatAnswers.Head head = head(result.turn(), taken, card);
          return problem == null
              ? ok(
                  answers.whole(
                      head, result, rest(taken, result.output()), likelihoods(taken.turn())))
              : Dialect.refused(problem);
        },
        waiting -> {
          String said = rest(taken, waiting.output());
          ChatAnswers.Head head = head(waiting.turn(), taken, card);
          return ok(answers.whole(head, waiting, said.isEmpty() ? null : said));
        });
  }

  private static Response ok(ObjectNode answer) {
    return Response.ok(answer.toString(), MediaType.APPLICATION_JSON_TYPE).build();
  }

  /** What was said since the answers before, of the same turn. */
  private static String rest(Taken.Committed taken, String output) {
    String rest = output.substring(Math.min(taken.said().length(), output.length()));
    return taken.said().isEmpty() ? rest : rest.stripLeading();
  }

  /** Of a turn that ended before it was asked for they are not known any more. */
  private static @Nullable List<Likelihood> likelihoods(Started started) {
    return started instanceof Started.Running running
        ? running.turn().likelihoods(0).orElse(null)
        : null;
  }

  private Response streamed(Taken.Committed taken, ModelCard card, boolean tellsUsage) {
    StreamingOutput output =
        out -> {
          switch (taken.turn()) {
            case Started.Ended(TurnResult result) ->
                stream(result.turn(), taken, card, tellsUsage, out).tell(result);
            case Started.Running(RunningTurn turn, boolean isRepeated, boolean wasAtWork) ->
                stream(turn.turn(), taken, card, tellsUsage, out).follow(feeds, turn);
            case Started refusal -> throw TurnEnd.unexpected(refusal);
          }
        };
    return Response.ok(output, MediaType.SERVER_SENT_EVENTS_TYPE)
        .header("Cache-Control", "no-store")
        .build();
  }

  private ChatStream stream(
      TurnId turn, Taken.Committed taken, ModelCard card, boolean tellsUsage, OutputStream out) {
    return new ChatStream(
        answers, head(turn, taken, card), tellsUsage, taken.said(), taken.calls(), out);
  }

  /** A turn that waits for its client gives several answers, each with a name of its own. */
  private ChatAnswers.Head head(TurnId turn, Taken.Committed taken, ModelCard card) {
    String part = taken.calls().isEmpty() ? "" : "-" + taken.calls().size();
    return new ChatAnswers.Head(
        "chatcmpl-" + turn + part, clock.instant().getEpochSecond(), card.id());
  }

  /**
   * What it takes to find sessions and to show their turns.
   *
   * @param store where they are
   * @param sessions finds them for a caller
   * @param json writes
   * @param turnJson writes turns
   */
  public record SessionParts(
      StoreLink store, SessionAccess sessions, ObjectMapper json, TurnJson turnJson) {}
}
