package dev.palimpsest.compress.bench;

import dev.palimpsest.compress.Queries;
import dev.palimpsest.compress.SpanCompaction;
import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvCache;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.KvSpan;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.model.Batch;
import dev.palimpsest.engine.model.Forward;
import dev.palimpsest.engine.model.ForwardLimits;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.token.TokenIds;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A model without an engine: computes a text once, and forks of it that ask questions. */
final class Lab implements AutoCloseable {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int ROWS_MAX = 512;
  private static final int LOGITS_MAX = 96;
  private static final int FORKS_MAX = 24;
  private static final int FORK_PAGES = 5;
  private static final int QUERY_ROWS = 256;

  private final Model model;
  private final Backend backend;
  private final KvPool pool;
  private final Forward forward;
  private final Batch batch = new Batch(ROWS_MAX, LOGITS_MAX);
  private final int contextTokens;

  /** What is asked after the text: its tokens, and from which one on they are the answer. */
  record Ask(TokenIds tokens, int answerFrom) {}

  /** Log-probabilities at the tokens of an answer, each row over the whole vocabulary. */
  record Seen(List<float[]> rows) {
    Seen {
      rows = List.copyOf(rows);
    }
  }

  Lab(Path file, String choice, int threads, int contextTokensMax) {
    model = Model.open(file);
    model
        .architecture()
        .compactionRefusal()
        .ifPresent(refusal -> {
          throw new IllegalArgumentException(refusal);
        });
    backend = Backend.open(choice, threads);
    contextTokens = Math.min(contextTokensMax, model.architecture().contextTokens());
    int pages = 3 * Math.ceilDiv(contextTokens, Attention.PAGE_TOKENS) + FORKS_MAX * FORK_PAGES;
    pool = new KvPool(model.architecture().cacheLayout(), pages);
    int pagesMax = (FORKS_MAX + 1) * Math.ceilDiv(contextTokens, Attention.PAGE_TOKENS);
    ForwardLimits limits = new ForwardLimits(ROWS_MAX, LOGITS_MAX, contextTokens, pagesMax);
    forward = new Forward(model.weights(), backend, pool, limits);
  }

  Model model() {
    return model;
  }

  Backend backend() {
    return backend;
  }

  KvPool pool() {
    return pool;
  }

  int contextTokens() {
    return contextTokens;
  }

  QuerySample sample(long seed) {
    return new QuerySample(pool.layout().layers(), pool.layout().heads(), QUERY_ROWS, seed);
  }

  /** Computes a text of whole pages. */
  PagedSpan prefill(TokenIds tokens, QuerySample queries) {
    PagedSpan span = pool.reserve(tokens.size());
    for (int from = 0; from < tokens.size(); from += ROWS_MAX) {
      batch.clear();
      for (int i = from; i < Math.min(tokens.size(), from + ROWS_MAX); i++) {
        batch.add(tokens.at(i), i, span);
        batch.sampleOfLast(queries);
      }
      forward.run(batch);
    }
    return span;
  }

  /**
   * Asks all, each in a fork of its own from the same past.
   *
   * @param queries takes the queries of all tokens, or null
   */
  List<Seen> ask(List<KvSpan> past, int pastTokens, List<Ask> asks, @Nullable QuerySample queries) {
    List<Seen> seen = new ArrayList<>();
    int from = 0;
    while (from < asks.size()) {
      int to = from;
      int rows = 0;
      int answers = 0;
      while (to < asks.size()
          && to - from < FORKS_MAX
          && rows + asks.get(to).tokens.size() <= ROWS_MAX
          && answers + asks.get(to).tokens.size() - asks.get(to).answerFrom <= LOGITS_MAX) {
        rows += asks.get(to).tokens.size();
        answers += asks.get(to).tokens.size() - asks.get(to).answerFrom;
        to++;
      }
      askTogether(past, pastTokens, asks.subList(from, to), queries, seen);
      from = to;
    }
    return seen;
  }

  private void askTogether(
      List<KvSpan> past,
      int pastTokens,
      List<Ask> asks,
      @Nullable QuerySample queries,
      List<Seen> seen) {
    batch.clear();
    List<PagedSpan> forks = new ArrayList<>();
    for (Ask ask : asks) {
      PagedSpan open = pool.reserve(ask.tokens.size());
      forks.add(open);
      List<KvSpan> spans = new ArrayList<>(past);
      spans.add(open);
      KvCache cache = KvCache.of(spans);
      for (int i = 0; i + 1 < ask.tokens.size(); i++) {
        int token = ask.tokens.at(i);
        if (i + 1 >= ask.answerFrom) {
          batch.addWithLogits(token, pastTokens + i, cache, null);
        } else {
          batch.add(token, pastTokens + i, cache, null);
        }
        if (queries != null) {
          batch.sampleOfLast(queries);
        }
      }
    }
    forward.run(batch);
    int row = 0;
    for (Ask ask : asks) {
      List<float[]> rows = new ArrayList<>();
      for (int i = ask.answerFrom; i < ask.tokens.size(); i++) {
        rows.add(logProbabilities(row++));
      }
      seen.add(new Seen(rows));
    }
    forks.forEach(pool::release);
  }

  private float[] logProbabilities(int row) {
    int width = (int) forward.logits().shape().columns();
    float[] logits = new float[width];
    long at = row * forward.logits().rowBytes();
    java.lang.foreign.MemorySegment.copy(forward.logits().data(), F32, at, logits, 0, width);
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    float shift = (float) (max + Math.log(sum));
    for (int i = 0; i < width; i++) {
      logits[i] -= shift;
    }
    return logits;
  }

  /** A text's keys and the queries of a sample, for a compaction. */
  SpanCompaction.Source source(PagedSpan span, int tokens, List<QuerySample> samples) {
    int dim = pool.layout().heads().dim();
    return new SpanCompaction.Source() {
      @Override
      public HeadKeys exact(int layer, int head) {
        return pool.read(span, layer, head, 0, tokens);
      }

      @Override
      public Queries queries(int layer, int head) {
        List<float[]> parts = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        for (QuerySample each : samples) {
          parts.add(each.queries(layer, head));
          positions.add(each.positions());
        }
        return new Queries(dim, joined(parts), joinedPositions(positions));
      }
    };
  }

  private static float[] joined(List<float[]> parts) {
    float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static int[] joinedPositions(List<int[]> parts) {
    int[] all = new int[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (int[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  /** Compacts on all threads of the backend. */
  SpanCompaction.Result compact(SpanCompaction compaction) {
    backend.run((unit, kernels) -> compaction.weigh(unit), compaction.heads());
    compaction.allot();
    backend.run((unit, kernels) -> compaction.compact(unit), compaction.heads());
    return compaction.result();
  }

  @Override
  public void close() {
    backend.close();
    pool.close();
    model.close();
  }
}
