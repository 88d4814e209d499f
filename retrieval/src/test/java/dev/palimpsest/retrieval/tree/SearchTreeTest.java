package dev.palimpsest.retrieval.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.retrieval.tree.SearchTree.Option;
import dev.palimpsest.retrieval.tree.SearchTree.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SearchTreeTest {
  private static final Shape SHAPE = new Shape(0.5, 1, 8);

  /** Words over three letters; a word is worth what part of the wanted one it begins with. */
  private record Spelling(String wanted) implements SearchTree.Domain<String, Character> {
    @Override
    public List<Option<Character>> options(String word) {
      List<Option<Character>> letters = new ArrayList<>();
      for (char letter : new char[] {'a', 'b', 'c'}) {
        letters.add(new Option<>(letter, letter == 'a' ? 2 : 1));
      }
      return word.length() == wanted.length() ? List.of() : letters;
    }

    @Override
    public String after(String word, Character letter) {
      return word + letter;
    }

    @Override
    public double value(String word) {
      int same = 0;
      while (same < word.length() && word.charAt(same) == wanted.charAt(same)) {
        same++;
      }
      return (double) same / wanted.length();
    }
  }

  @Test
  void findsWhatIsWorthMostInFarFewerStepsThanThereAreStates() {
    int found = 0;
    for (int seed = 0; seed < 20; seed++) {
      SearchTree<String, Character> tree = tree("cbcab", seed);
      for (int i = 0; i < 80; i++) {
        assertTrue(tree.grow(Strategy.TREE));
        tree.checkInvariants();
      }
      found += tree.best().state().equals("cbcab") ? 1 : 0;
    }
    assertTrue(found >= 18, "found " + found + " of 20 among 364 states");
  }

  @Test
  void sameSeedGrowsTheSameTree() {
    assertEquals(outline(5), outline(5));
    assertNotEquals(outline(5), outline(6));
  }

  @Test
  void priorsAreSharesAndTheWidthGrowsWithTheRootOfTheVisits() {
    SearchTree<String, Character> tree = tree("cbcab", 1);
    for (int i = 0; i < 3; i++) {
      assertTrue(tree.grow(Strategy.TREE));
    }
    assertTrue(tree.root().children().size() <= 2);
    for (Branch<String, Character> branch : tree.branches()) {
      double sum = branch.children().stream().mapToDouble(Branch::prior).sum();
      assertTrue(sum <= 1 + 1e-9, "priors " + sum);
    }
    assertEquals(4, tree.root().visits());
  }

  @Test
  void rootWithoutOptionsIsNoSearch() {
    SearchTree<String, Character> tree = tree("", 1);
    assertFalse(tree.grow(Strategy.TREE));
    assertEquals(1, tree.branches().size());
  }

  @Test
  void otherStrategiesGrowOneBranchAtATimeUntilThereIsNoPlaceLeft() {
    for (Strategy strategy : Strategy.values()) {
      SearchTree<String, Character> tree = tree("cb", 1);
      int grown = 0;
      while (grown < 200 && tree.grow(strategy)) {
        grown++;
        assertTrue(strategy == Strategy.TREE || tree.branches().size() == grown + 1);
      }
      assertEquals("cb", tree.best().state(), strategy.name());
      assertEquals(strategy == Strategy.TREE ? 200 : 12, grown, strategy.name());
    }
  }

  @Test
  void nothingIsDeeperThanTheShapeAllows() {
    SearchTree<String, Character> tree =
        new SearchTree<>(new Spelling("aaaaaa"), "", new Shape(0.1, 3, 2), new SplittableRandom(1));
    for (int i = 0; i < 60; i++) {
      assertTrue(tree.grow(Strategy.TREE));
    }
    tree.checkInvariants();
    assertEquals(2, tree.branches().stream().mapToInt(Branch::depth).max().orElseThrow());
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Option<>('a', 0));
    assertThrows(IllegalArgumentException.class, () -> new Shape(1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Shape(1, 1, 0));
  }

  private static SearchTree<String, Character> tree(String wanted, long seed) {
    return new SearchTree<>(new Spelling(wanted), "", SHAPE, new SplittableRandom(seed));
  }

  private static List<String> outline(long seed) {
    SearchTree<String, Character> tree = tree("cbcab", seed);
    for (int i = 0; i < 30; i++) {
      assertTrue(tree.grow(Strategy.TREE));
    }
    return tree.branches().stream()
        .map(b -> b.state() + " " + b.visits() + " " + b.value())
        .toList();
  }
}
