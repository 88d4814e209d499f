package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.WindowChange;
import dev.palimpsest.runtime.bridge.SessionPasts;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.turn.SessionWindow;
import dev.palimpsest.runtime.turn.WindowSegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session's window as JSON.
 *
 * @param windowTokens that fit into a prompt
 * @param tokensBefore of the segments in the window
 * @param tokens of the same, with what is left of the compacted ones
 * @param compaction null where nothing is compacted
 */
record ContextView(
    String session,
    String model,
    int windowTokens,
    int tokensBefore,
    int tokens,
    List<SegmentView> segments,
    @Nullable CompactView compaction) {
  private static final String BY_RECALL = "recall";

  /**
   * A segment.
   *
   * @param attentionShare the part of the newest answer's attention that it got, null where that is
   *     not known
   * @param foundBy how the text of what is not in the window comes back
   */
  record SegmentView(
      String id,
      String kind,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long event,
      int tokens,
      String tier,
      @Nullable Double attentionShare,
      @Nullable String label,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String foundBy) {
    static SegmentView of(WindowSegment segment) {
      boolean isOut = segment.tier() == WindowSegment.Tier.TEXT_ONLY;
      Label label = segment.label();
      return new SegmentView(
          segment.id(),
          Names.of(segment.kind()),
          segment.event() == 0 ? null : segment.event(),
          segment.tokens(),
          Names.of(segment.tier()),
          segment.attentionShare(),
          label == null ? null : Names.of(label),
          isOut ? BY_RECALL : null);
    }
  }

  /**
   * The compacted part.
   *
   * @param id as the session's log names it
   * @param inUse whether the window still begins with it; it is passed over where it does not
   * @param heldOut null where all keys are kept
   */
  record CompactView(
      String id,
      boolean inUse,
      String policy,
      double ratio,
      int tokensBefore,
      int tokensAfter,
      long bytesBefore,
      long bytesAfter,
      @Nullable HeldOut heldOut) {
    static @Nullable CompactView of(SessionPasts.@Nullable Standing standing) {
      return standing == null ? null : of(standing.part(), standing.isInUse());
    }

    static CompactView of(WindowChange.Compacted part, boolean inUse) {
      WindowChange.Saved saved = part.saved();
      return new CompactView(
          part.compaction().value(),
          inUse,
          part.policy(),
          part.ratio(),
          saved.tokensBefore(),
          saved.tokensAfter(),
          saved.bytesBefore(),
          saved.bytesAfter(),
          HeldOut.of(part.heldOut()));
    }
  }

  /**
   * Errors on queries to which nothing was fitted, means over the heads.
   *
   * @param logMass of {@code |log(mass after ÷ before)|}
   * @param output of the relative error of the outputs
   */
  record HeldOut(double logMass, double output) {
    static @Nullable HeldOut of(WindowChange.@Nullable HeldOut error) {
      return error == null ? null : new HeldOut(error.logMass(), error.output());
    }
  }

  /**
   * What a change came to.
   *
   * @param compacted whether a part of the window is fewer keys now
   * @param compaction which was done or undone, null where nothing was compacted
   * @param policy by which it was made, null where nothing was compacted
   * @param turns whose words that part holds, or held
   */
  record ChangeView(
      String session,
      boolean compacted,
      @Nullable String compaction,
      int tokensBefore,
      int tokensAfter,
      long bytesBefore,
      long bytesAfter,
      @Nullable String policy,
      @Nullable Double ratio,
      List<String> turns,
      @Nullable HeldOut heldOut) {
    static ChangeView compacted(Session session, WindowChange.Compacted part) {
      return of(session, part, part.saved(), true);
    }

    /** With nothing but noughts where nothing was compacted. */
    static ChangeView expanded(Session session, WindowChange.@Nullable Compacted part) {
      return part == null
          ? new ChangeView(
              session.id().value(), false, null, 0, 0, 0, 0, null, null, List.of(), null)
          : of(session, part, part.saved().undone(), false);
    }

    private static ChangeView of(
        Session session, WindowChange.Compacted part, WindowChange.Saved saved, boolean compacted) {
      return new ChangeView(
          session.id().value(),
          compacted,
          part.compaction().value(),
          saved.tokensBefore(),
          saved.tokensAfter(),
          saved.bytesBefore(),
          saved.bytesAfter(),
          part.policy(),
          part.ratio(),
          part.turns().stream().map(TurnId::value).toList(),
          HeldOut.of(part.heldOut()));
    }
  }

  static ContextView of(Session session, SessionWindow window) {
    return new ContextView(
        session.id().value(),
        window.model(),
        window.promptTokens(),
        window.tokensBefore(),
        window.tokens(),
        window.segments().stream().map(SegmentView::of).toList(),
        CompactView.of(window.compact()));
  }
}
