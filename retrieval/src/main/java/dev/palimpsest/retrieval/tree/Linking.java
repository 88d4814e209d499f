package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.Explanation.Part;
import dev.palimpsest.retrieval.hybrid.Inquiry;
import dev.palimpsest.retrieval.tree.Action.Kind;
import dev.palimpsest.retrieval.tree.Chain.Bridge;
import dev.palimpsest.retrieval.tree.SearchTree.Option;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The search of a question that says whose somebody is instead of naming them: "What does Clara's
 * sister do?" Each step asks memory who that is and reads the names in the answers; a name that is
 * tried takes the link's place, and the question is asked anew. A reading is worth the product of
 * what its steps are believed, the share of each in a softmax over all that was found for it, since
 * hybrid scores are fitted as logarithms of odds.
 */
final class Linking implements Exploration<Chain> {
  /** What a link counts that was not followed yet. */
  private static final double UNFOLLOWED = 0.1;

  /** How far it is believed at least that the question can be answered as it is. */
  private static final double AS_IT_IS = 0.2;

  /** How far it is believed, before any is found, that nobody says who a link is. */
  private static final double UNSAID = 0.02;

  private static final int NAMES_MAX = 4;
  private static final double LEAST_TRUST = 0.02;
  private static final double WITHOUT_RELATION = 0.5;
  private static final double WITHOUT_NAME = 0.1;
  private static final double BEGINS_SENTENCE = 0.7;
  private static final int NANOS_PER_MICRO = 1000;

  private final Questions questions;
  private final String question;
  private final Inquiry inquiry;
  private final LongSupplier nanoTime;
  private final Map<MemoryId, Need> needs = new LinkedHashMap<>();
  private final double firstShare;
  private double mostWorth;
  private long slowestNanos;

  /**
   * What a reading needs.
   *
   * @param trust 0 to 1
   */
  private record Need(double trust, String why) {}

  /**
   * Begins.
   *
   * @param question as it is, with at least one link
   * @param inquiry of that question
   */
  Linking(Questions questions, String question, Inquiry inquiry, LongSupplier nanoTime) {
    this.questions = questions;
    this.question = question;
    this.inquiry = inquiry;
    this.nanoTime = nanoTime;
    this.firstShare = Softmax.first(inquiry.scores(), 1).values().stream().findFirst().orElse(0.0);
  }

  @Override
  public Chain first() {
    return reached(question, List.of());
  }

  @Override
  public long slowestNanos() {
    return slowestNanos;
  }

  @Override
  public int tokensRead() {
    return questions.tokensRead();
  }

  @Override
  public List<Option<Action>> options(Chain state) {
    return state.next().stream()
        .map(bridge -> new Option<>(action(bridge), Math.sqrt(bridge.trust())))
        .toList();
  }

  @Override
  public Chain after(Chain state, Action action) {
    Bridge bridge =
        state.next().stream().filter(one -> action(one).equals(action)).findFirst().orElseThrow();
    List<Bridge> bridges = new ArrayList<>(state.bridges());
    bridges.add(bridge);
    return reached(bridge.link().named(state.question(), bridge.name()), bridges);
  }

  @Override
  public double value(Chain state) {
    return state.worth();
  }

  private static Action action(Bridge bridge) {
    return new Action(Kind.FOLLOW, bridge.link().phrase() + ": " + bridge.name());
  }

  private Chain reached(String reading, List<Bridge> bridges) {
    long begun = nanoTime.getAsLong();
    double trust = bridges.stream().mapToDouble(Bridge::trust).reduce(1, (a, b) -> a * b);
    Optional<Link> link = Link.first(reading);
    List<Bridge> next = link.map(this::named).orElse(List.of());
    next.forEach(bridge ->
        need(
            bridge.memory(), trust * bridge.trust(), "says who " + bridge.link().phrase() + " is"));
    double worth = trust * Math.pow(UNFOLLOWED, Link.count(reading));
    if (link.isEmpty() && !bridges.isEmpty()) {
      Bridge last = bridges.getLast();
      Map<MemoryId, Double> answers = answers(reading, last.name());
      answers.forEach(
          (id, share) -> need(id, trust * share, "found by following " + last.link().phrase()));
      worth *= answers.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
      mostWorth = Math.max(mostWorth, worth);
    }
    inquiry.know(List.copyOf(needs.keySet()));
    long took = nanoTime.getAsLong() - begun;
    slowestNanos = Math.max(slowestNanos, took);
    return new Chain(reading, bridges, next, worth, best(), took / NANOS_PER_MICRO);
  }

  private void need(MemoryId id, double trust, String why) {
    needs.merge(id, new Need(trust, why), (a, b) -> a.trust() >= b.trust() ? a : b);
  }

  /**
   * What any reading needs, by as much as makes its odds against the best answer to the question as
   * it is.
   */
  @Override
  public Map<MemoryId, Part> lifts(Chain state) {
    return lifts();
  }

  private Map<MemoryId, Part> lifts() {
    Map<MemoryId, Double> scores = inquiry.scores();
    double most = scores.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    double asItIs = Math.max(AS_IT_IS, firstShare * (1 - mostWorth));
    Map<MemoryId, Part> lifts = new HashMap<>();
    needs.forEach((id, need) -> {
      Double score = scores.get(id);
      double lift = score == null ? 0 : most + Math.log(need.trust() / asItIs) - score;
      if (lift > 0) {
        lifts.put(id, new Part("search", lift, need.why()));
      }
    });
    return lifts;
  }

  private List<MemoryId> best() {
    Map<MemoryId, Double> scores = inquiry.scores();
    lifts().forEach((id, part) -> scores.merge(id, part.share(), Double::sum));
    return scores.entrySet().stream()
        .sorted(
            Map.Entry.<MemoryId, Double>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey(Comparator.comparing(MemoryId::value))))
        .limit(Evidence.SIZE)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Who a link may be, most believed first; they share what belief there is. */
  private List<Bridge> named(Link link) {
    Questions.Found found = questions.ask(link.question());
    Map<String, Bridge> names = new LinkedHashMap<>();
    found
        .texts()
        .forEach((id, memory) -> {
          double share = found.shares().getOrDefault(id, 0.0);
          for (Bridge bridge : bridges(link, memory, share)) {
            names.merge(bridge.name(), bridge, (a, b) -> a.trust() >= b.trust() ? a : b);
          }
        });
    double sum = UNSAID + names.values().stream().mapToDouble(Bridge::trust).sum();
    return names.values().stream()
        .map(one -> new Bridge(one.link(), one.memory(), one.name(), one.trust() / sum))
        .filter(bridge -> bridge.trust() >= LEAST_TRUST)
        .sorted(Comparator.comparingDouble(Bridge::trust).reversed().thenComparing(Bridge::name))
        .limit(NAMES_MAX)
        .toList();
  }

  /** The names that a memory of the owner holds share what it counts. */
  private static List<Bridge> bridges(Link link, Memory memory, double share) {
    if (!link.owner().isEmpty() && !isAbout(memory, link.owner())) {
      return List.of();
    }
    double fit = contains(memory.text(), link.relation()) ? 1 : WITHOUT_RELATION;
    Map<String, Boolean> names = QuestionWords.capitals(memory.text());
    names.keySet().removeIf(name -> isSame(name, link.owner()));
    return names.entrySet().stream()
        .map(name ->
            new Bridge(
                link,
                memory.id(),
                name.getKey(),
                share * fit * (name.getValue() ? BEGINS_SENTENCE : 1) / names.size()))
        .toList();
  }

  /** What answers the question, of them those that speak of whom it names now. */
  private Map<MemoryId, Double> answers(String reading, String name) {
    Questions.Found found = questions.ask(reading);
    Map<MemoryId, Double> answers = new LinkedHashMap<>();
    found
        .shares()
        .forEach((id, share) -> {
          Memory memory = found.texts().get(id);
          double fit = memory != null && isAbout(memory, name) ? 1 : WITHOUT_NAME;
          answers.put(id, share * fit);
        });
    return answers;
  }

  private static boolean isAbout(Memory memory, String name) {
    String speaker = memory.content().speaker();
    return contains(memory.text(), name) || (speaker != null && isSame(speaker, name));
  }

  private static boolean isSame(String name, String other) {
    return contains(name, other) || contains(other, name);
  }

  private static boolean contains(String text, String word) {
    return !word.isEmpty() && text.toLowerCase(Locale.ROOT).contains(word.toLowerCase(Locale.ROOT));
  }
}
