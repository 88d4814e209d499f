package dev.palimpsest.engine.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Characters come out whole, and nothing is lost, wherever the bytes are cut. */
final class Utf8DecoderTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void characterIsHeldBackUntilItsLastByte() {
    Utf8Decoder decoder = new Utf8Decoder();
    byte[] llama = utf8("\ud83e\udd99");
    for (int i = 0; i < 3; i++) {
      assertEquals("", decoder.append(new byte[] {llama[i]}));
      assertTrue(decoder.isHolding());
    }
    assertEquals("\ud83e\udd99", decoder.append(new byte[] {llama[3]}));
    assertFalse(decoder.isHolding());
    assertEquals("", decoder.flush());
  }

  @Test
  void textBeforeAnOpenCharacterIsNotHeldBack() {
    Utf8Decoder decoder = new Utf8Decoder();
    assertEquals("abc", decoder.append(new byte[] {'a', 'b', 'c', (byte) 0xe2, (byte) 0x82}));
    assertEquals("\u20ac!", decoder.append(new byte[] {(byte) 0xac, '!'}));
  }

  @Test
  void brokenTailIsReplacedAtTheEndAndForgotten() {
    Utf8Decoder decoder = new Utf8Decoder();
    assertEquals("", decoder.append(new byte[] {(byte) 0xf0, (byte) 0x9f}));
    assertEquals("\ufffd", decoder.flush());
    assertEquals("a", decoder.append(utf8("a")));
  }

  @Test
  void tailThatCanBecomeNoCharacterIsNotHeldBack() {
    int[][] tails = {
      {0x80}, {0xc0}, {0xc1}, {0xf5}, {0xff}, {0xe0, 0x9f}, {0xf0, 0x8f}, {0xf4, 0x90}
    };
    for (int[] tail : tails) {
      byte[] bytes = new byte[tail.length];
      for (int i = 0; i < tail.length; i++) {
        bytes[i] = (byte) tail[i];
      }
      Utf8Decoder decoder = new Utf8Decoder();
      assertEquals(new String(bytes, StandardCharsets.UTF_8), decoder.append(bytes));
      assertFalse(decoder.isHolding());
    }
  }

  @Test
  void randomBytesInRandomPiecesGiveWhatTheyGiveAtOnce() {
    long seed = Seeds.seed("streamed bytes");
    byte[] sample = utf8("a\u00e9\u20ac\ud83e\udd99\u07ff\u0800\uffff\udbff\udfff");
    for (int round = 0; round < Seeds.iterations(2_000); round++) {
      RandomGenerator random = Seeds.random(seed + round);
      byte[] bytes = new byte[random.nextInt(40)];
      for (int i = 0; i < bytes.length; i++) {
        boolean any = random.nextInt(8) == 0;
        bytes[i] = any ? (byte) random.nextInt(256) : sample[(round + i) % sample.length];
      }
      assertEquals(
          new String(bytes, StandardCharsets.UTF_8), streamed(bytes, random), "round " + round);
    }
  }

  private static String streamed(byte[] bytes, RandomGenerator random) {
    Utf8Decoder decoder = new Utf8Decoder();
    StringBuilder text = new StringBuilder();
    for (int from = 0; from < bytes.length; ) {
      int to = Math.min(bytes.length, from + random.nextInt(4));
      text.append(decoder.append(Arrays.copyOfRange(bytes, from, to)));
      from = to;
    }
    return text.append(decoder.flush()).toString();
  }
}
