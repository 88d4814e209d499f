package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.draft.Drafter;
import dev.palimpsest.engine.draft.Payoff;
import dev.palimpsest.engine.draft.Phrases;
import dev.palimpsest.engine.draft.StepCosts;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * What drafting gives on recorded traffic: what the agent wrote is written again token by token,
 * whatever the model would have said, once plainly and once with drafts, in alternating order. The
 * model computes every token; only the choice is given. Sessions of a kind follow one another like
 * those of one agent, and learn from the ones before.
 */
final class DraftFigures {
  private static final int DRAFT_MAX = 8;
  private static final int PHRASES_MAX = 16_384;
  private static final long SEED = 7;

  private final Subject subject;
  private final Tokenizer tokenizer;
  private final Map<String, Kind> kinds = new LinkedHashMap<>();

  /** What is measured of one kind of traffic. */
  private static final class Kind {
    private final Function<AgentTraffic, List<AgentTraffic.Piece>> sessions;
    private final AgentTraffic traffic = new AgentTraffic(SEED);
    private final Phrases phrases = new Phrases(PHRASES_MAX);
    private final Payoff payoff = new Payoff();
    private final StepCosts costs = new StepCosts();
    private final Series plain = new Series();
    private final Series drafted = new Series();
    private final Series ratio = new Series();
    private long tokens;
    private long steps;

    Kind(Function<AgentTraffic, List<AgentTraffic.Piece>> sessions) {
      this.sessions = sessions;
    }
  }

  DraftFigures(Subject subject, Tokenizer tokenizer) {
    this.subject = subject;
    this.tokenizer = tokenizer;
    kinds.put("quoting", new Kind(AgentTraffic::quoting));
    kinds.put("tool calls", new Kind(AgentTraffic::calling));
    kinds.put("edits", new Kind(AgentTraffic::editing));
    kinds.put("chat by chance", new Kind(AgentTraffic::chatting));
  }

  /** One session of every kind, both ways. */
  void measure(int run) {
    for (Kind kind : kinds.values()) {
      List<Replay.Piece> session = encoded(kind.sessions.apply(kind.traffic));
      double plain = 0;
      double drafted = 0;
      for (int way = 0; way < 2; way++) {
        if ((run + way) % 2 == 0) {
          plain = subject.replay(session, null);
        } else {
          drafted = withDrafts(kind, session);
        }
      }
      kind.plain.add(plain);
      kind.drafted.add(drafted);
      kind.ratio.add(drafted / plain);
    }
  }

  private double withDrafts(Kind kind, List<Replay.Piece> session) {
    Drafter drafter = new Drafter(kind.phrases, kind.payoff);
    Replay replay = new Replay(drafter, kind.costs, DRAFT_MAX);
    double speed = subject.replay(session, replay);
    kind.tokens += replay.tokens();
    kind.steps += replay.steps();
    for (Replay.Piece piece : session) {
      if (piece.isWritten()) {
        kind.phrases.add(TokenIds.of(piece.tokens()));
      }
    }
    return speed;
  }

  /** As much of a session as the model's context holds. */
  private List<Replay.Piece> encoded(List<AgentTraffic.Piece> session) {
    List<Replay.Piece> encoded = new ArrayList<>();
    int room = subject.sessionTokens();
    for (AgentTraffic.Piece piece : session) {
      int[] tokens = tokenizer.encode(piece.text(), Tokenizer.Special.TEXT).copy();
      int count = Math.min(tokens.length, room);
      if (count > 0) {
        encoded.add(new Replay.Piece(Arrays.copyOf(tokens, count), piece.isWritten()));
      }
      room -= count;
    }
    return encoded;
  }

  void print() {
    System.out.printf(
        "%ndrafting   %-14s %-24s %-24s %s%n", "tokens a step", "plain tokens/s", "drafted", "ratio");
    for (Map.Entry<String, Kind> each : kinds.entrySet()) {
      Kind kind = each.getValue();
      System.out.printf(
          Locale.ROOT,
          "%-16s %8.2f  %-24s %-24s %s%n",
          each.getKey(),
          (double) kind.tokens / kind.steps,
          kind.plain,
          kind.drafted,
          kind.ratio);
    }
  }

  String json() {
    StringBuilder json = new StringBuilder(",\"drafting\":{");
    for (Map.Entry<String, Kind> each : kinds.entrySet()) {
      Kind kind = each.getValue();
      json.append(json.charAt(json.length() - 1) == '{' ? "" : ",");
      json.append(
          String.format(
              Locale.ROOT,
              "\"%s\":{\"tokens_a_step\":%.3f,\"plain\":%s,\"drafted\":%s,\"ratio\":%s}",
              each.getKey(),
              (double) kind.tokens / kind.steps,
              kind.plain.json(),
              kind.drafted.json(),
              kind.ratio.json()));
    }
    return json.append('}').toString();
  }
}
