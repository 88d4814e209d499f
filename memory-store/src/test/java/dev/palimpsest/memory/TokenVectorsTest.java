package dev.palimpsest.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenVectorsTest {
  @Test
  void directionSurvivesPackingAndBytes() {
    Random random = new Random(7);
    List<Embedding> tokens = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      tokens.add(drawn(random, 384));
    }
    TokenVectors packed = TokenVectors.of(tokens);
    assertEquals(20 * 192, packed.bytes().length);
    assertEquals(packed, TokenVectors.ofBytes(384, packed.bytes()));
    int[] read = new int[384];
    for (int i = 0; i < tokens.size(); i++) {
      packed.read(i, read);
      float[] values = new float[384];
      for (int d = 0; d < values.length; d++) {
        values[d] = read[d];
      }
      double cosine = Embedding.normalised(values).cosine(tokens.get(i));
      assertTrue(cosine > 0.98, "cosine " + cosine);
    }
  }

  @Test
  void whatIsNoWholeNumberOfTokensIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> TokenVectors.ofBytes(4, new byte[3]));
    assertThrows(IllegalArgumentException.class, () -> TokenVectors.ofBytes(3, new byte[3]));
    List<Embedding> mixed = List.of(drawn(new Random(1), 4), drawn(new Random(1), 6));
    assertThrows(IllegalArgumentException.class, () -> TokenVectors.of(mixed));
    assertEquals(TokenVectors.NONE, TokenVectors.of(List.of()));
    assertEquals(TokenVectors.NONE, TokenVectors.ofBytes(4, new byte[0]));
  }

  @Test
  void longTextKeepsItsFirstTokens() {
    Embedding one = Embedding.normalised(new float[] {1, 0.5f});
    List<Embedding> many = new ArrayList<>();
    for (int i = 0; i < TokenVectors.TOKENS_MAX + 5; i++) {
      many.add(one);
    }
    assertEquals(TokenVectors.TOKENS_MAX, TokenVectors.of(many).count());
    int[] values = new int[2];
    TokenVectors.of(many).read(3, values);
    assertArrayEquals(new int[] {7, 4}, values);
  }

  @Test
  void contentLeavesOutSignsAndFunctionWords() {
    Embedding one = Embedding.normalised(new float[] {1, 0});
    String text = "The cats, and Bo!";
    List<Reading.Token> tokens =
        List.of(
            new Reading.Token(0, 3, one),
            new Reading.Token(4, 8, one),
            new Reading.Token(8, 9, one),
            new Reading.Token(10, 13, one),
            new Reading.Token(14, 16, one),
            new Reading.Token(16, 17, one));
    assertEquals(2, new Reading(one, tokens).content(text).count());
  }

  private static Embedding drawn(Random random, int dimensions) {
    float[] values = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Embedding.normalised(values);
  }
}
