package dev.palimpsest.memory.importing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Conversations of a ChatGPT export. Each is a tree; the branch that was shown last is what was
 * said, and other branches are counted and left. Custom instructions are pinned.
 */
final class ChatGptReader implements UnitReader {
  private final Records records;

  ChatGptReader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    try {
      // Also finds out whether it is UTF-8, which the parser takes for granted.
      String text = unit.element();
      assert !text.isEmpty();
      return items(ChatGptTree.read(unit), unit.span());
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private List<ImportItem> items(ChatGptTree tree, Span span) throws UnusableException {
    if (tree.isForgotten()) {
      return List.of(new ImportItem.Skipped("do_not_remember", span.start(), span.end()));
    }
    List<ChatGptTree.Node> branch = tree.branch();
    List<Turn> turns = new ArrayList<>();
    for (long i = branch.stream().filter(ChatGptTree.Node::speaks).count();
        i < tree.speaking();
        i++) {
      turns.add(new Turn.Aside("off_branch", null));
    }
    branch.forEach(node -> add(node.message(), turns));
    return new Conversation(tree.id(), tree.begun(), turns).items(records, span);
  }

  private static void add(@Nullable Turn message, List<Turn> turns) {
    if (message != null) {
      turns.add(message);
    }
  }
}
