package dev.palimpsest.runtime.turn;

import dev.palimpsest.compress.plan.WindowBudget;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.ToolPin;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.Message;
import dev.palimpsest.runtime.bridge.TextModel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Performs the steps of a turn that need the store: each reads what it needs afresh, waits for a
 * store that is away until the turn's deadline, and returns the event to be appended. Safe for many
 * threads.
 */
final class TurnSteps {
  private final TurnLog log;
  private final TurnMemories memories;
  private final TurnRecall recall;
  private final TurnGenerator generator;
  private final EarlierAnswers earlier;
  private final TurnTools tools;
  private final Node node;
  private final Patience patience;
  private final TurnPlanner planner = new TurnPlanner();

  TurnSteps(TurnSources sources, TurnLog log, Feeds feeds, Node node, Patience patience) {
    this.log = log;
    this.memories = new TurnMemories(sources.store());
    this.recall = new TurnRecall(sources.recall(), node.clock());
    this.generator = new TurnGenerator(feeds, node.clock(), patience);
    this.earlier = new EarlierAnswers(sources.store());
    this.tools = new TurnTools(sources, recall, node.clock());
    this.node = node;
    this.patience = patience;
  }

  /**
   * Looks up what is remembered. A grounded answer can quote nothing but memories, so it gets those
   * of the turns in its window too; a free one has read them there.
   */
  TurnEvent.Recalled recall(SessionKey key, TextModel model, TurnState state, Instant deadline)
      throws InterruptedException {
    Session session = log.session(key, deadline);
    TurnRecall.Sight inSight = TurnRecall.Sight.NONE;
    if (!TurnGenerator.isGrounded(state.said(), model.card())) {
      Conversation all = conversation(key, model, session, state, deadline);
      inSight =
          new TurnRecall.Sight(
              planner.turnsInSight(model, all, state, session.contextBudgetTokens()),
              state.said().given().stream()
                  .map(message -> message.text().strip())
                  .collect(Collectors.toSet()));
    }
    TurnEvent.UserSaid said = state.said();
    return recall.recall(
        key.tenant(),
        session,
        new TurnRecall.Question(said.text(), said.recall(), said.asOf()),
        inSight);
  }

  /** What stands for a recall that broke. */
  TurnEvent.Recalled nothing(TurnState state) {
    return recall.nothing(state.said().text(), node.clock().instant());
  }

  TurnEvent plan(SessionKey key, TextModel model, TurnState state, Instant deadline)
      throws InterruptedException {
    Session session = log.session(key, deadline);
    Conversation all = conversation(key, model, session, state, deadline);
    Recollection recollection =
        Recollection.of(
            found(state),
            read(key.tenant(), found(state), deadline),
            TurnGenerator.isGrounded(state.said(), model.card()),
            model::harmless);
    return planner.plan(model, all, recollection, state, session.contextBudgetTokens());
  }

  TurnEvent generate(
      RunningTurn turn,
      TextModel model,
      TurnState state,
      TurnEvent.Planned planned,
      Instant deadline)
      throws InterruptedException {
    SessionKey key = turn.session();
    earlier.tell(key.tenant(), model);
    Shown shown = shown(key, model, state, planned, deadline);
    List<ToolPin> pins = ToolPin.of(shown.conversation().tools());
    return planned.tools() != null && !planned.tools().equals(pins)
        ? declaredOtherwise()
        : generator.generate(turn, model, shown, state, deadline);
  }

  private Shown shown(
      SessionKey key, TextModel model, TurnState state, TurnEvent.Planned planned, Instant deadline)
      throws InterruptedException {
    Session session = log.session(key, deadline);
    Conversation all = conversation(key, model, session, state, deadline);
    Map<MemoryId, Memory> read = read(key.tenant(), kept(state, planned), deadline);
    List<MemoryLine> lines = new ArrayList<>();
    List<MemoryId> gone = new ArrayList<>();
    for (MemoryId id : planned.memoriesKept()) {
      Memory memory = read.get(id);
      if (memory == null) {
        gone.add(id);
      } else {
        lines.add(MemoryLine.of(memory, model::harmless));
      }
    }
    Conversation kept = all.keeping(Set.copyOf(planned.turnsKept())).remembering(lines);
    List<Message> used =
        state.uses().isEmpty()
            ? List.<Message>of()
            : ToolMessages.of(
                state.uses(),
                read(key.tenant(), state.found(), deadline),
                ToolMessages.mayReadOn(kept.tools()));
    return new Shown(kept.having(used), gone, session.agentId());
  }

  /** Another declaration is accepted for turns to come, not for one that is at work. */
  private static TurnEvent declaredOtherwise() {
    return new TurnEvent.TurnFailed(
        FailureType.INTERRUPTED,
        "A tool was declared otherwise after the turn had begun; repeat it to run it with that.");
  }

  private static boolean isPinned(TurnEvent.Planned planned, Session session, String tool) {
    return planned.tools() == null
        || ToolPin.of(session.tools()).stream()
            .filter(pin -> pin.name().equals(tool))
            .allMatch(planned.tools()::contains);
  }

  /** Calls a tool. */
  TurnEvent callTool(
      RunningTurn turn, TurnState state, TurnEvent.ToolCalled called, Instant deadline)
      throws InterruptedException {
    Session session = log.session(turn.session(), deadline);
    if (called.problem() == null && !isPinned(state.plan(), session, called.tool())) {
      return declaredOtherwise();
    }
    TurnTools.Call call =
        new TurnTools.Call(
            turn, session, state.said().asOf(), called, deadline, () -> generator.isToStop(turn));
    return switch (patience.untilStoreAnswers(deadline, () -> tools.call(call))) {
      case TurnTools.Outcome.Stopped stopped -> generator.stopped(turn);
      case TurnTools.Outcome.Answered(TurnEvent.ToolAnswered answered) -> answered;
    };
  }

  /** What a tool answered, cut to what there is room for. */
  TurnEvent.ToolAnswered fitting(
      SessionKey key,
      TextModel model,
      TurnState state,
      TurnEvent.ToolAnswered answered,
      Instant deadline)
      throws InterruptedException {
    ToolUse use = state.use(answered.call()).orElseThrow();
    Session session = log.session(key, deadline);
    Conversation kept = shown(key, model, state, state.plan(), deadline).conversation();
    Map<MemoryId, Memory> found = read(key.tenant(), answered.found(), deadline);
    WindowBudget budget =
        TurnPlanner.budget(
            model.card().contextTokens(),
            state.said().outputTokensMax(),
            session.contextBudgetTokens());
    return new ToolMessages(model, kept, use, found).fitting(answered, budget.promptTokens());
  }

  /**
   * What becomes memory together with this event: of a turn that it ends, and what a tool was asked
   * to write down.
   */
  List<NewMemory> remembered(
      SessionKey key, TurnState state, TurnEvent event, long number, Instant deadline)
      throws InterruptedException {
    Optional<TurnEvent.ToolCalled> written =
        event instanceof TurnEvent.ToolAnswered answered
            ? state.pending().filter(called -> Remembering.isWritten(called, answered))
            : Optional.empty();
    if (!event.isTerminal() && written.isEmpty()) {
      return List.of();
    }
    Session session = log.session(key, deadline);
    Remembering.Sources sources =
        event instanceof TurnEvent.TurnFailed
            ? Remembering.Sources.NONE
            : sources(key, session, state, deadline);
    return written.isPresent()
        ? List.of(Remembering.written(session, state, written.get(), sources))
        : Remembering.of(session, state, event, number, node.clock().instant(), sources);
  }

  /** What the model had before it when it spoke last. */
  private Remembering.Sources sources(
      SessionKey key, Session session, TurnState state, Instant deadline)
      throws InterruptedException {
    TurnEvent.Planned planned = state.plan();
    List<TurnEvent.Recalled.Found> shown =
        Stream.concat(kept(state, planned).stream(), state.found().stream()).toList();
    Map<MemoryId, Memory> there =
        patience.untilStoreAnswers(deadline, () -> memories.readAll(key.tenant(), shown));
    List<Exchange> past =
        Exchange.reaching(
            Conversation.read(log, key, session, state, deadline).past(), planned.turnsKept());
    return new Remembering.Sources(
        shown.stream().map(one -> new VersionId(one.memory(), one.version())).toList(),
        there.values(),
        patience.untilStoreAnswers(deadline, () -> memories.label(key.tenant(), past)));
  }

  /** What was recalled, for those who watch. */
  TurnNews.Recalled news(SessionKey key, TurnId turn, TurnEvent.Recalled event, Instant deadline)
      throws InterruptedException {
    return new TurnNews.Recalled(
        turn, patience.untilStoreAnswers(deadline, () -> memories.hits(key.tenant(), event)));
  }

  /** How a turn ended. */
  TurnResult result(SessionKey key, TurnState state, Instant deadline) throws InterruptedException {
    return patience.untilStoreAnswers(deadline, () -> memories.result(key.tenant(), state));
  }

  /** How far a turn has come that waits for its client. */
  WaitingTurn waiting(SessionKey key, TurnState state, Instant deadline)
      throws InterruptedException {
    return patience.untilStoreAnswers(deadline, () -> memories.waiting(key.tenant(), state));
  }

  /** The session's past, without turns that rest on something revoked. */
  private Conversation conversation(
      SessionKey key, TextModel model, Session session, TurnState state, Instant deadline)
      throws InterruptedException {
    Conversation all =
        Conversation.read(log, key, session, state, deadline)
            .offering(TurnGenerator.offered(session, model, state.said()));
    if (all.past().isEmpty()) {
      return all;
    }
    return all.withPast(
        patience.untilStoreAnswers(deadline, () -> memories.unrevoked(key, all.past())));
  }

  private static List<TurnEvent.Recalled.Found> found(TurnState state) {
    TurnEvent.Recalled recalled = state.recalled();
    return recalled == null ? List.of() : recalled.found();
  }

  private static List<TurnEvent.Recalled.Found> kept(TurnState state, TurnEvent.Planned planned) {
    return found(state).stream()
        .filter(one -> planned.memoriesKept().contains(one.memory()))
        .toList();
  }

  private Map<MemoryId, Memory> read(
      TenantId tenant, List<TurnEvent.Recalled.Found> found, Instant deadline)
      throws InterruptedException {
    return patience.untilStoreAnswers(deadline, () -> memories.read(tenant, found));
  }
}
