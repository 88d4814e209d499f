package dev.palimpsest.compress.bench;

import dev.palimpsest.compress.CompactionRequest;
import dev.palimpsest.compress.CompactionRequest.Budgets;
import dev.palimpsest.compress.HeadError;
import dev.palimpsest.compress.SpanCompaction;
import dev.palimpsest.compress.kv.AttentionMatching;
import dev.palimpsest.compress.kv.AttentionMatching.Biases;
import dev.palimpsest.compress.kv.AttentionMatching.Selection;
import dev.palimpsest.compress.kv.Policy;
import dev.palimpsest.engine.kv.CompactedSpan;
import dev.palimpsest.engine.kv.KvSpan;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.token.TokenIds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** {@code bench compression}: every method at every ratio; prints a table, and JSON if asked. */
public final class CompressionBenchmark {
  private static final int PAGE = 32;
  private static final int REPEAT_TOKENS = 64;

  /** What follows a text: the tail of its last page, a question, an answer. */
  private static final int ROOM_TOKENS = 128;

  private static final List<Policy> METHODS =
      Stream.concat(
              Policy.ALL.stream(),
              Stream.of(
                  new Policy(
                      "matching-omp, uniform",
                      new AttentionMatching(Selection.PURSUIT),
                      Budgets.UNIFORM,
                      null),
                  new Policy(
                      "matching-omp, own values",
                      new AttentionMatching(
                          Selection.PURSUIT,
                          Biases.EACH,
                          AttentionMatching.BIAS_RIDGE,
                          Double.POSITIVE_INFINITY),
                      Budgets.PEAKS,
                      null)))
          .toList();

  private final Options options;
  private final Lab lab;
  private final Prompts prompts;
  private final Map<String, Figures> figures = new LinkedHashMap<>();
  private final Figures full = new Figures("all exact", 1);

  private CompressionBenchmark(Options options, Lab lab) {
    this.options = options;
    this.lab = lab;
    this.prompts = new Prompts(lab.model().tokenizer());
    for (double ratio : options.ratios()) {
      for (Policy method : METHODS) {
        figures.put(key(method, ratio), new Figures(method.name(), ratio));
      }
    }
  }

  private static String key(Policy method, double ratio) {
    return method.name() + "@" + ratio;
  }

  /** Runs the benchmark; see {@link Options#USAGE}. */
  public static void main(String... arguments) {
    Options options;
    try {
      options = Options.of(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(Options.USAGE);
      System.exit(2);
      return;
    }
    try (Lab lab =
        new Lab(options.model(), options.backend(), options.threads(), options.contextTokens())) {
      new CompressionBenchmark(options, lab).run();
    }
  }

  private void run() {
    System.out.printf(
        "model    %s%nbackend  %s%ntexts    %d of at most %d tokens, %d facts asked for in each;"
            + " queries: %s%n",
        lab.model().description().name(),
        lab.backend().describe(),
        options.texts(),
        lab.contextTokens() - ROOM_TOKENS,
        options.facts(),
        options.queries());
    Memories memories = new Memories(options.seed());
    for (int i = 0; i < options.texts(); i++) {
      measure(memories);
      System.out.println("text " + (i + 1) + " of " + options.texts() + " done");
    }
    Report.print(full, List.copyOf(figures.values()));
    if (options.isJson()) {
      System.out.println(Report.json(options, full, List.copyOf(figures.values())));
    }
  }

  /** The longest text of whole lines that leaves room for a question. */
  private Memories.Text text(Memories memories) {
    int room = lab.contextTokens() - ROOM_TOKENS;
    int lines = room / 12;
    Memories.Text text = memories.next(lines, options.facts());
    while (prompts.memories(text).size() > room) {
      lines -= 2;
      text = memories.next(lines, options.facts());
    }
    return text;
  }

  private void measure(Memories memories) {
    Memories.Text text = text(memories);
    TokenIds all = prompts.memories(text);
    int past = all.size() / PAGE * PAGE;
    TokenIds tail = all.slice(past, all.size());
    QuerySample prefill = lab.sample(options.seed());
    PagedSpan exact = lab.prefill(all.slice(0, past), prefill);
    List<Lab.Ask> asks = text.asked().stream().map(each -> prompts.ask(tail, each)).toList();
    List<QuerySample> queries = queries(text, all, tail, exact, prefill);
    List<KvSpan> pages = List.of(exact);
    List<Lab.Seen> expected = lab.ask(pages, past, asks, null);
    full.add(asks, expected, expected);
    full.add(exact.pageCount() * lab.pool().layout().pageBytes(), past, 0, HeadError.NONE);
    SpanCompaction.Source source = lab.source(exact, past, queries);
    for (double ratio : options.ratios()) {
      for (Policy method : METHODS) {
        measure(method, ratio, past, source, asks, expected);
      }
    }
    lab.pool().release(exact);
  }

  private List<QuerySample> queries(
      Memories.Text text, TokenIds all, TokenIds tail, PagedSpan exact, QuerySample prefill) {
    int past = all.size() - tail.size();
    List<QuerySample> samples = new ArrayList<>();
    if (options.queries().contains("prefill")) {
      samples.add(prefill);
    }
    if (options.queries().contains("later")) {
      QuerySample later = lab.sample(options.seed());
      List<Lab.Ask> others = text.others().stream().map(each -> prompts.ask(tail, each)).toList();
      List<Lab.Seen> ignored = lab.ask(List.of(exact), past, others, later);
      samples.add(later);
    }
    if (options.queries().contains("repeat")) {
      QuerySample repeat = lab.sample(options.seed());
      List<Lab.Ask> pieces = new ArrayList<>();
      for (int from = 0; from < past; from += REPEAT_TOKENS) {
        pieces.add(prompts.repeat(tail, all.slice(from, Math.min(past, from + REPEAT_TOKENS))));
      }
      List<Lab.Seen> ignored = lab.ask(List.of(exact), past, pieces, repeat);
      samples.add(repeat);
    }
    return samples;
  }

  private void measure(
      Policy method,
      double ratio,
      int past,
      SpanCompaction.Source source,
      List<Lab.Ask> asks,
      List<Lab.Seen> expected) {
    CompactionRequest request =
        new CompactionRequest(
            method.method(), ratio, method.budgets(), CompactionRequest.SINKS, method.bounds());
    long begun = System.nanoTime();
    SpanCompaction.Result result =
        lab.compact(new SpanCompaction(request, lab.pool().layout(), source));
    double seconds = (System.nanoTime() - begun) / 1e9;
    CompactedSpan span = lab.pool().compacted().store(past, result.heads());
    if (span == null) {
      throw new IllegalStateException("the pool has no room for a compacted text");
    }
    long bytes = lab.pool().compacted().usedBytes();
    List<Lab.Seen> seen = lab.ask(List.of(span), past, asks, null);
    Figures of = Objects.requireNonNull(figures.get(key(method, ratio)));
    of.add(asks, expected, seen);
    of.add(bytes, past, seconds, result.report().meanError());
    lab.pool().compacted().release(span);
  }
}
