package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.palimpsest.memory.Embedding;
import java.util.List;
import org.junit.jupiter.api.Test;

class LateEmbedderTest {
  private final WordEmbedder words = new WordEmbedder();
  private final LateEmbedder late = new LateEmbedder(EmbedderSlot.of(words), WordEmbedder.SPACE);

  @Test
  void aQuestionThatComesAgainIsEmbeddedOnce() {
    List<Embedding> first = late.embed(List.of("Where is Ada?", "Who is Bob?"));
    assertEquals(words.embed(List.of("Where is Ada?", "Who is Bob?")), first);
    int before = words.embedded();
    assertEquals(first.getLast(), late.embed(List.of("Who is Bob?")).getFirst());
    assertEquals(before, words.embedded());
  }

  @Test
  void theLongestUnaskedIsForgottenFirstAndLongTextsAreNeverKept() {
    Embedding ignored = late.embed(List.of("oldest")).getFirst();
    for (int i = 0; i < 255; i++) {
      ignored = late.embed(List.of("question " + i)).getFirst();
    }
    ignored = late.embed(List.of("oldest")).getFirst();
    assertEquals(256, words.embedded());
    ignored = late.embed(List.of("one more")).getFirst();
    ignored = late.embed(List.of("oldest")).getFirst();
    assertEquals(257, words.embedded());
    ignored = late.embed(List.of("question 0")).getFirst();
    assertEquals(258, words.embedded());
    String text = "a".repeat(2049);
    ignored = late.embed(List.of(text)).getFirst();
    ignored = late.embed(List.of(text)).getFirst();
    assertEquals(260, words.embedded());
    assertEquals(WordEmbedder.SPACE.dimensions(), ignored.dimensions());
  }

  @Test
  void withoutAnEmbedderNothingIsEmbedded() {
    LateEmbedder none = new LateEmbedder(EmbedderSlot.empty("a test"), WordEmbedder.SPACE);
    assertEquals(WordEmbedder.SPACE, none.space());
    assertThrows(ModelException.class, () -> none.embed(List.of("a")));
    assertThrows(ModelException.class, () -> none.split("a"));
  }
}
