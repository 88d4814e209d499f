package dev.palimpsest.compress;

import dev.palimpsest.engine.CacheCompactor;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.model.QuerySample;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A request as the engine's work: compacts a beginning on the engine's pages with the queries of
 * its session, head by head on one worker thread. For one compaction.
 */
public final class RequestedCompaction implements CacheCompactor {
  private final CompactionRequest request;
  private volatile @Nullable CompactionReport report;

  /** A request that was not worked on yet. */
  public RequestedCompaction(CompactionRequest request) {
    this.request = request;
  }

  /** What was lost; empty until there is a result. */
  public Optional<CompactionReport> report() {
    return Optional.ofNullable(report);
  }

  /** Has no result where the session has asked too little since, see {@link SpanCompaction}. */
  @Override
  public @Nullable List<HeadKeys> compact(Past past, BooleanSupplier isCancelled) {
    if (past.queries().rows() < SpanCompaction.QUERY_TOKENS_MIN) {
      return null;
    }
    SpanCompaction compaction = new SpanCompaction(request, past.layout(), new Pages(past));
    SpanCompaction.Result result = compaction.run(isCancelled);
    if (result == null) {
      return null;
    }
    report = result.report();
    return result.heads();
  }

  private record Pages(Past past) implements SpanCompaction.Source {
    @Override
    public HeadKeys exact(int layer, int head) {
      return past.exact(layer, head);
    }

    @Override
    public Queries queries(int layer, int head) {
      QuerySample sample = past.queries();
      int dim = past.layout().heads().dim();
      return new Queries(dim, sample.queries(layer, head), sample.positions());
    }
  }
}
