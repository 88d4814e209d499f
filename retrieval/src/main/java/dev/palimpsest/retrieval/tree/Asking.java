package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.Explanation.Part;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.hybrid.Inquiry;
import dev.palimpsest.retrieval.tree.Action.Kind;
import dev.palimpsest.retrieval.tree.SearchTree.Option;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The search of one question: its states are {@link Evidence}, and asking memory leads from one to
 * the next. A state is worth what its evidence covers of the question, and how far different ways
 * of asking agree on it. The same action is asked of memory once, wherever it stands in the tree.
 */
final class Asking implements Exploration<Evidence> {
  /**
   * What the first of an answer gains, in the log-odds that hybrid scores are; then less and less.
   */
  private static final double LIFT = 0.6;

  private static final double FADING = 4;
  private static final int ANSWERS = 20;
  private static final int READ_FOR_NAMES = 4;
  private static final int NAMES_MAX = 4;
  private static final int BESIDE_MAX = 3;
  private static final int REACH = 2;
  private static final double COVERAGE_WEIGHT = 0.7;
  private static final double STEP_COST = 0.01;
  private static final int NANOS_PER_MICRO = 1000;
  private static final int CHARACTERS_PER_TOKEN = 4;

  private final Inquiry inquiry;
  private final RecallQuery query;
  private final LongSupplier nanoTime;
  private final Map<Action, List<MemoryId>> answers = new HashMap<>();
  private final Map<MemoryId, Memory> texts = new HashMap<>();
  private long slowestNanos;
  private int tokensRead;

  Asking(Inquiry inquiry, RecallQuery query, LongSupplier nanoTime) {
    this.inquiry = inquiry;
    this.query = query;
    this.nanoTime = nanoTime;
  }

  /** What is believed before anything else is asked. */
  @Override
  public Evidence first() {
    return new Evidence(Set.of(), Map.of(), Map.of(), best(Map.of()), 0);
  }

  @Override
  public Map<MemoryId, Part> lifts(Evidence state) {
    Map<MemoryId, Part> parts = new HashMap<>();
    state
        .gains()
        .forEach((id, gain) ->
            parts.put(
                id,
                new Part("search", gain, "found by asking " + state.named().get(id) + " ways")));
    return parts;
  }

  @Override
  public long slowestNanos() {
    return slowestNanos;
  }

  @Override
  public int tokensRead() {
    return tokensRead;
  }

  @Override
  public List<Option<Action>> options(Evidence state) {
    if (state.done().stream().anyMatch(action -> action.kind() == Kind.STOP)) {
      return List.of();
    }
    List<Option<Action>> options = new ArrayList<>();
    String question = query.text();
    add(options, Kind.WORDS, question, 1);
    add(options, Kind.MEANING, question, 1);
    add(options, Kind.REWRITE, QuestionWords.content(question), 1);
    QuestionWords.parts(question).forEach(part -> add(options, Kind.DECOMPOSE, part, 2));
    TimeSpan.in(question, today(state))
        .ifPresent(span -> add(options, Kind.WINDOW, span.from() + "/" + span.to(), 2));
    addHops(options, state);
    state.best().stream()
        .limit(BESIDE_MAX)
        .forEach(id -> add(options, Kind.NEIGHBOURS, id.value(), 0.5));
    add(options, Kind.STOP, "", 0.5);
    options.removeIf(option -> state.done().contains(option.action()));
    return options;
  }

  @Override
  public Evidence after(Evidence state, Action action) {
    long begun = nanoTime.getAsLong();
    List<MemoryId> found = answers.get(action);
    if (found == null) {
      found = ask(action);
      answers.put(action, found);
    }
    Set<Action> done = new HashSet<>(state.done());
    done.add(action);
    Map<MemoryId, Double> gains = new HashMap<>(state.gains());
    Map<MemoryId, Integer> named = new HashMap<>(state.named());
    for (int rank = 0; rank < found.size(); rank++) {
      gains.merge(found.get(rank), LIFT / (1 + rank / FADING), Double::sum);
      named.merge(found.get(rank), 1, Integer::sum);
    }
    List<MemoryId> best = best(gains);
    long took = nanoTime.getAsLong() - begun;
    slowestNanos = Math.max(slowestNanos, took);
    return new Evidence(done, gains, named, best, took / NANOS_PER_MICRO);
  }

  /** Before anything was asked nobody knows how far one would agree: one half. */
  @Override
  public double value(Evidence state) {
    double coverage = coverage(state.best());
    long asked = state.done().stream().filter(action -> action.kind() != Kind.STOP).count();
    double agreement = 0;
    for (MemoryId id : state.best()) {
      agreement += (1.0 + state.named().getOrDefault(id, 0)) / (2 + asked) / state.best().size();
    }
    double worth = COVERAGE_WEIGHT * coverage + (1 - COVERAGE_WEIGHT) * agreement;
    return Math.clamp(worth - STEP_COST * asked, 0.0, 1.0);
  }

  /** Of each part of the question what the one memory that covers it best covers. */
  private double coverage(List<MemoryId> evidence) {
    double[] weights = inquiry.aspects();
    double[] covered = new double[weights.length];
    inquiry
        .covers(evidence)
        .values()
        .forEach(cover -> {
          for (int i = 0; i < covered.length; i++) {
            covered[i] = Math.max(covered[i], cover[i]);
          }
        });
    double sum = 0;
    for (int i = 0; i < covered.length; i++) {
      sum += weights[i] * covered[i];
    }
    return sum;
  }

  private List<MemoryId> ask(Action action) {
    String text = action.text();
    return switch (action.kind()) {
      case WORDS -> inquiry.byWords(text, query.filter(), ANSWERS);
      case MEANING -> inquiry.byMeaning(text, query.filter(), ANSWERS);
      case REWRITE, DECOMPOSE, HOP -> both(text, query.filter());
      case WINDOW -> {
        int slash = text.indexOf('/');
        TimeSpan span =
            new TimeSpan(
                LocalDate.parse(text.substring(0, slash)),
                LocalDate.parse(text.substring(slash + 1)));
        yield within(span).map(filter -> both(query.text(), filter)).orElse(List.of());
      }
      case NEIGHBOURS -> inquiry.beside(new MemoryId(text), REACH);
      case FOLLOW, STOP -> List.of();
    };
  }

  /** By turns from words and from meaning, each once. */
  private List<MemoryId> both(String text, MemoryFilter filter) {
    List<MemoryId> words = inquiry.byWords(text, filter, ANSWERS);
    List<MemoryId> meaning = inquiry.byMeaning(text, filter, ANSWERS);
    Set<MemoryId> both = new LinkedHashSet<>();
    for (int i = 0; i < Math.max(words.size(), meaning.size()); i++) {
      words.stream().skip(i).findFirst().ifPresent(both::add);
      meaning.stream().skip(i).findFirst().ifPresent(both::add);
    }
    return both.stream().limit(ANSWERS).toList();
  }

  /** The question's filter, narrowed to the span; empty where they do not meet. */
  private Optional<MemoryFilter> within(TimeSpan span) {
    MemoryFilter f = query.filter();
    Instant from = f.happenedFrom();
    Instant to = f.happenedTo();
    Instant begins = from == null || from.isBefore(span.begins()) ? span.begins() : from;
    Instant ends = to == null || to.isAfter(span.ends()) ? span.ends() : to;
    return begins.isBefore(ends)
        ? Optional.of(
            new MemoryFilter(
                f.scope(),
                f.kinds(),
                f.session(),
                f.source(),
                f.speaker(),
                begins,
                ends,
                f.labelMin(),
                f.asOf(),
                f.validAt()))
        : Optional.empty();
  }

  /** Names in the best texts that the question does not hold, each with what the question asks. */
  private void addHops(List<Option<Action>> options, Evidence state) {
    Set<String> names = new LinkedHashSet<>();
    for (Memory memory : read(state.best().stream().limit(READ_FOR_NAMES).toList())) {
      names.addAll(QuestionWords.names(memory.text()));
    }
    names.removeIf(name -> query.text().contains(name));
    String content = QuestionWords.content(query.text());
    names.stream()
        .limit(NAMES_MAX)
        .forEach(name -> add(options, Kind.HOP, (name + " " + content).strip(), 0.5));
  }

  private List<Memory> read(List<MemoryId> ids) {
    List<MemoryId> unread = ids.stream().filter(id -> !texts.containsKey(id)).toList();
    if (!unread.isEmpty()) {
      for (Memory memory : inquiry.read(unread)) {
        texts.put(memory.id(), memory);
        tokensRead += Math.ceilDiv(memory.text().length(), CHARACTERS_PER_TOKEN);
      }
    }
    return ids.stream().filter(texts::containsKey).map(texts::get).toList();
  }

  /** The day that a question without a year is counted from: the last of what was found. */
  private LocalDate today(Evidence state) {
    Instant asOf = query.filter().asOf();
    Instant last = asOf == null ? Instant.EPOCH : asOf;
    if (asOf == null) {
      for (Memory memory : read(state.best().stream().limit(READ_FOR_NAMES).toList())) {
        Instant happened = memory.content().happenedAt();
        last = happened != null && happened.isAfter(last) ? happened : last;
      }
    }
    return last.atOffset(ZoneOffset.UTC).toLocalDate();
  }

  private List<MemoryId> best(Map<MemoryId, Double> lifts) {
    Map<MemoryId, Double> scores = inquiry.scores();
    lifts.forEach((id, lift) -> scores.merge(id, lift, Double::sum));
    return scores.entrySet().stream()
        .sorted(
            Map.Entry.<MemoryId, Double>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey(Comparator.comparing(MemoryId::value))))
        .limit(Evidence.SIZE)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static void add(List<Option<Action>> options, Kind kind, String text, double prior) {
    if (kind == Kind.STOP || !text.isBlank()) {
      options.add(new Option<>(new Action(kind, text), prior));
    }
  }
}
