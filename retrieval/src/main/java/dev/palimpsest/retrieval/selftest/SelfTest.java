package dev.palimpsest.retrieval.selftest;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.Hit;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Draws memories, makes questions of their own words and looks at which place each comes back, as a
 * user can have it done with data of which nobody has written questions and answers: a known-item
 * search (Azzopardi, de Rijke and Balog 2007) with questions far easier than people's. It shows
 * what is lost (an index that lags, texts without vectors, a language that the analysis does not
 * fit), not how good answers are. Blocks; for any thread.
 */
public final class SelfTest {
  /** The newest so many memories are drawn from. */
  static final int SEEN_MAX = 50_000;

  private static final int PLACES = 10;
  private static final Pattern SPACE = Pattern.compile("\\s+");

  private final MemoryStore store;
  private final Recall recall;
  private final InstantSource clock;

  /** Over these memories. */
  public SelfTest(MemoryStore store, Recall recall, InstantSource clock) {
    this.store = store;
    this.recall = recall;
    this.clock = clock;
  }

  /** Runs one; the same memories, plan and answers give the same report but for what time cuts. */
  public SelfTestReport run(TenantId tenant, SelfTestPlan plan) {
    Instant end = clock.instant().plus(plan.time());
    SplittableRandom random = new SplittableRandom(plan.seed());
    Sample sample = new Sample(plan.memories(), random.split());
    draw(tenant, plan, sample, end);
    Tally tally = new Tally(plan.modes());
    int asked = 0;
    for (Memory memory : sample.drawn()) {
      if (!clock.instant().isBefore(end)) {
        break;
      }
      ask(tenant, memory, new QuestionMaker(memory.text()).questions(random), tally);
      asked++;
    }
    boolean isWhole = asked == sample.drawn().size();
    return new SelfTestReport(sample.seen(), asked, isWhole, tally.scores(), tally.missed());
  }

  private void draw(TenantId tenant, SelfTestPlan plan, Sample sample, Instant end) {
    MemoryFilter filter = MemoryFilter.searched(plan.scope(), null);
    @Nullable String after = null;
    do {
      Page<Memory> page = store.list(tenant, filter, Page.LIMIT_MAX, after);
      page.data().stream()
          .filter(memory -> new QuestionMaker(memory.text()).isAskable())
          .forEach(sample::offer);
      after = page.next();
    } while (after != null && sample.seen() < SEEN_MAX && clock.instant().isBefore(end));
  }

  private void ask(
      TenantId tenant, Memory memory, Map<QuestionForm, String> questions, Tally tally) {
    MemoryFilter filter = MemoryFilter.searched(memory.scope(), null);
    questions.forEach((form, question) -> {
      for (RecallMode mode : tally.modes()) {
        RecallQuery query = new RecallQuery(question, filter, PLACES, mode);
        tally.add(memory.id(), form, mode, place(memory, recall.recall(tenant, query).hits()));
      }
    });
  }

  /** From 1; 0 where it is not there. Whoever says the same is as good an answer. */
  private static int place(Memory memory, List<Hit> hits) {
    String wanted = folded(memory.text());
    for (int i = 0; i < hits.size(); i++) {
      Memory found = hits.get(i).memory();
      if (found.id().equals(memory.id()) || folded(found.text()).equals(wanted)) {
        return i + 1;
      }
    }
    return 0;
  }

  private static String folded(String text) {
    return SPACE.matcher(text.strip()).replaceAll(" ").toLowerCase(Locale.ROOT);
  }

  /** Algorithm R: each of those that were offered is in with the same chance. */
  private static final class Sample {
    private final int size;
    private final SplittableRandom random;
    private final List<Memory> drawn = new ArrayList<>();
    private int seen;

    Sample(int size, SplittableRandom random) {
      this.size = size;
      this.random = random;
    }

    void offer(Memory memory) {
      seen++;
      if (drawn.size() < size) {
        drawn.add(memory);
        return;
      }
      int at = random.nextInt(seen);
      if (at < size) {
        drawn.set(at, memory);
      }
    }

    int seen() {
      return seen;
    }

    List<Memory> drawn() {
      return drawn;
    }
  }
}
