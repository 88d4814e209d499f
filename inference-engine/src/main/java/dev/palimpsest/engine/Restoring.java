package dev.palimpsest.engine;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.snapshot.SnapshotKind;
import dev.palimpsest.engine.token.TokenIds;
import java.util.List;

/**
 * Takes compacted beginnings back into an engine's cache that were kept outside of it. For any
 * thread.
 */
public final class Restoring {
  private final Compactions compactions;
  private final Model model;
  private final String numerics;
  private final KvLayout layout;

  Restoring(Compactions compactions, Model model, String numerics, KvLayout layout) {
    this.compactions = compactions;
    this.model = model;
    this.numerics = numerics;
    this.layout = layout;
  }

  /**
   * What decides which bits a compacted beginning has, beside its tokens and how it was made. Reads
   * the model's file through when it is asked first.
   */
  public SnapshotKind kind() {
    return Snapshots.kind(model, numerics, layout, 0);
  }

  /**
   * Asks for a beginning to be stored as it was; does not wait.
   *
   * @param salt as in {@link Compaction.Task}
   * @param tokens for which it stands, whole pages
   * @param heads of each head of each layer in turn, what is left of it; as an engine of the same
   *     {@link #kind} stored them for the same tokens
   * @throws IllegalArgumentException if they cannot be of this cache
   */
  public Compaction restore(String salt, TokenIds tokens, List<HeadKeys> heads) {
    boolean fits =
        heads.size() == layout.layers() * layout.heads().keyValue()
            && heads.stream().allMatch(head -> head.dim() == layout.heads().dim());
    if (!fits || tokens.isEmpty() || tokens.size() % Attention.PAGE_TOKENS != 0) {
      throw new IllegalArgumentException(
          heads.size() + " heads of " + tokens.size() + " tokens are not of this cache");
    }
    return compactions.ask(new Compaction.Made(salt, tokens, List.copyOf(heads)));
  }
}
