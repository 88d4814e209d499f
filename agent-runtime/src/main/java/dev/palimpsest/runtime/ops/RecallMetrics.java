package dev.palimpsest.runtime.ops;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import dev.palimpsest.retrieval.selftest.SelfTestReport;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.recall.Following;
import dev.palimpsest.runtime.recall.RecallObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * Counts and tells what searches and followers do. {@code palimpsest_search_seconds{mode}}, {@code
 * palimpsest_searches_lagging_total}, {@code palimpsest_memories_embedded_total}, {@code
 * palimpsest_memories_passed_over_total}, {@code palimpsest_digests_made_total}, {@code
 * palimpsest_names_linked_total}, {@code palimpsest_duplicates_linked_total}, {@code
 * palimpsest_follower_lag{follower}} in changes, {@code
 * palimpsest_self_test_found_at_10{question,mode}} of the last self-test of any tenant.
 */
public final class RecallMetrics implements RecallObserver {
  private static final Logger LOG = Logger.getLogger("dev.palimpsest.recall");
  private static final String SEARCH = "palimpsest.search";

  private final MeterRegistry registry;
  private final Counter lagging;
  private final Counter embedded;
  private final Counter passedOver;
  private final Counter digests;
  private final Counter names;
  private final Counter links;
  private final ConcurrentMap<Tags, AtomicReference<Double>> found = new ConcurrentHashMap<>();

  /** Registers the meters. */
  public RecallMetrics(MeterRegistry registry, Following following) {
    this.registry = registry;
    lagging = registry.counter("palimpsest.searches.lagging");
    embedded = registry.counter("palimpsest.memories.embedded");
    passedOver = registry.counter("palimpsest.memories.passed.over");
    digests = registry.counter("palimpsest.digests.made");
    names = registry.counter("palimpsest.names.linked");
    links = registry.counter("palimpsest.duplicates.linked");
    for (RecallMode mode : RecallMode.values()) {
      Timer made = timer(mode);
      assert made.count() >= 0;
    }
    registry.gauge(
        "palimpsest.follower.lag", Tags.of("follower", "words"), following, Following::wordsLag);
    registry.gauge(
        "palimpsest.follower.lag",
        Tags.of("follower", "meaning"),
        following,
        Following::meaningLag);
  }

  @Override
  public void searched(RecallMode mode, Duration took, boolean isLagging) {
    timer(mode).record(took);
    if (isLagging) {
      lagging.increment();
    }
  }

  @Override
  public void embedded(TenantId tenant, int memories) {
    embedded.increment(memories);
  }

  @Override
  public void passedOver(TenantId tenant, MemoryId memory, int version, RuntimeException cause) {
    passedOver.increment();
    LOG.warnf(
        "embedding=passed_over tenant=%s memory=%s version=%d why=%s",
        tenant, memory, version, cause.getClass().getSimpleName());
  }

  @Override
  public void consolidated(TenantId tenant, Consolidator.Step step) {
    switch (step.kind()) {
      case DIGESTED -> digests.increment(step.count());
      case NAMED -> names.increment(step.count());
      case LINKED -> links.increment(step.count());
      case NOTED, NOTHING -> {}
    }
  }

  /** A self-test came to its end. */
  public void tested(SelfTestReport report) {
    for (SelfTestReport.Score score : report.scores()) {
      Tags tags = Tags.of("question", Names.of(score.form()), "mode", Names.of(score.mode()));
      AtomicReference<Double> last =
          found.computeIfAbsent(
              tags,
              which ->
                  registry.gauge(
                      "palimpsest.self.test.found.at.10",
                      which,
                      new AtomicReference<>(0.0),
                      AtomicReference::get));
      last.set(score.amongTen());
    }
  }

  @Override
  public void troubled(String follower, RuntimeException cause) {
    LOG.errorf(cause, "follower=%s state=troubled", follower);
  }

  @Override
  public void recovered(String follower) {
    LOG.infof("follower=%s state=going_on", follower);
  }

  private Timer timer(RecallMode mode) {
    return Timer.builder(SEARCH)
        .description("From a question to the memories that answer it")
        .tag("mode", Names.of(mode))
        .publishPercentileHistogram()
        .register(registry);
  }
}
