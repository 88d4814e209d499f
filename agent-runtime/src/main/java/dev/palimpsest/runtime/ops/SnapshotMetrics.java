package dev.palimpsest.runtime.ops;

import dev.palimpsest.runtime.bridge.SnapshotObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Counts and tells what becomes of sessions' files. {@code palimpsest_snapshots_total{result}},
 * {@code palimpsest_snapshot_seconds{result}}, {@code palimpsest_snapshot_tokens_total{result}},
 * {@code palimpsest_snapshot_bytes_total{result}}.
 */
public final class SnapshotMetrics implements SnapshotObserver {
  private static final Logger LOG = Logger.getLogger("dev.palimpsest.snapshot");
  private static final String RESULT = "result";
  private static final String SAVED = "saved";
  private static final String LOADED = "loaded";
  private static final String DROPPED = "dropped";
  private static final String REFUSED = "refused";
  private static final String FAILED = "failed";

  private final MeterRegistry registry;

  /** Registers the meters. */
  public SnapshotMetrics(MeterRegistry registry) {
    this.registry = registry;
    List.of(SAVED, LOADED, DROPPED, REFUSED, FAILED).forEach(result -> count(result, 0));
    List.of(SAVED, LOADED)
        .forEach(result -> {
          Timer made = timer(result);
          assert made.count() >= 0;
        });
  }

  @Override
  public void saved(int tokens, long bytes, Duration took) {
    measured(SAVED, tokens, bytes, took);
  }

  @Override
  public void loaded(int tokens, long bytes, Duration took) {
    measured(LOADED, tokens, bytes, took);
  }

  @Override
  public void dropped(String reason) {
    count(DROPPED, 1);
  }

  @Override
  public void refused(String file, String reason) {
    count(REFUSED, 1);
    LOG.warnf("snapshot=refused file=%s reason=\"%s\"", file, reason);
  }

  @Override
  public void failed(String file, String reason) {
    count(FAILED, 1);
    LOG.warnf("snapshot=failed file=%s reason=\"%s\"", file, reason);
  }

  private void measured(String result, int tokens, long bytes, Duration took) {
    count(result, 1);
    registry.counter("palimpsest.snapshot.tokens", RESULT, result).increment(tokens);
    registry.counter("palimpsest.snapshot.bytes", RESULT, result).increment((double) bytes);
    timer(result).record(took);
    LOG.debugf("snapshot=%s tokens=%d bytes=%d ms=%d", result, tokens, bytes, took.toMillis());
  }

  private Timer timer(String result) {
    return registry.timer("palimpsest.snapshot", RESULT, result);
  }

  private void count(String result, int times) {
    registry.counter("palimpsest.snapshots", RESULT, result).increment(times);
  }
}
