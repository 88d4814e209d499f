package dev.palimpsest.retrieval.consolidation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Mention;
import dev.palimpsest.memory.Named;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameFinderTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          Then I moved to Oslo with Mara. | Oslo place, Mara unknown
          Mara Lindqvist moved to Oslo. | Mara Lindqvist person, Oslo place
          Visit Oslo in the spring. | (Visit Oslo) unknown, Oslo unknown
          Planted beans today. | (Planted) unknown
          Ada moved to Lisbon. | Ada person, Lisbon place
          My sister Mara and our dog Rex came. | Mara person, Rex thing
          Last week Ned, my boss, was in a band called Blue Tooth. | (Last) unknown, Ned person, Blue Tooth thing
          I saw Dr. Weber and Mrs Dalloway. | Weber person, Dalloway person
          We heard Ludwig van Beethoven all night. | Ludwig van Beethoven unknown
          I REALLY want it. Everyone said so. | (REALLY) unknown, (Everyone) unknown
          I read Very Hungry Caterpillar Spring Time again. | ~~
          On Monday in May we left Zoë's house. | Zoë unknown
          """)
  void namesAreFoundAsTheyStand(String text, String expected) {
    assertEquals(expected, written(NameFinder.in(said(null, text))), text);
  }

  @Test
  void whoSpeaksIsAPersonWhereverTheNameStands() {
    Named named =
        NameFinder.in(said(" Mara Lindqvist ", "Mara came late. I told MARA LINDQVIST so."));
    Mention speaker = named.mentions().getFirst();
    assertEquals(Mention.Field.SPEAKER, speaker.field());
    assertEquals(1, speaker.span().start());
    assertEquals("Mara Lindqvist person, Mara unknown", written(named));
    assertEquals(List.of(), NameFinder.in(said("Assistant", "it is late")).mentions());
    assertEquals("Ada person", written(NameFinder.in(said("Ada", "Ada was tired."))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          Yesterday Mara Lindqvist, also known as Mimi, came. | Mara Lindqvist=Mimi
          It was Robert (better known as Bobby) who won. | Robert=Bobby
          I met Mara, nicknamed "Mimi". | Mara=Mimi
          I think Mara's nickname is Mimi. | Mara=Mimi
          Friends call Mara "Mimi" at home. | Mara=Mimi
          Please call me Neddy. | Edmund=Neddy
          Everyone calls me Neddy. | Edmund=Neddy
          Mara called Ned. | ~~
          We call Mara Lindqvist every Sunday. | ~~
          She, also known as the boss, left. | ~~
          Call me later. | ~~
          """)
  void anAliasIsWhatTheWordsSay(String text, String expected) {
    Named named = NameFinder.in(said("Edmund", text));
    assertEquals(
        expected,
        named.aliases().stream()
            .map(alias -> alias.of().text() + "=" + alias.alias().text())
            .collect(Collectors.joining(", ")));
    for (Named.Alias alias : named.aliases()) {
      String words = alias.span().of(text).orElseThrow();
      assertTrue(words.endsWith(alias.alias().text()), words);
    }
  }

  @Test
  void whateverTheTextEveryNameStandsWhereItsSpanSays() {
    long seed = Long.getLong("seed", 20261128);
    System.out.println("names of random text: -Dseed=" + seed);
    Random random = new Random(seed);
    List<String> words =
        List.of(
            "Mara",
            "Lindqvist",
            "mara",
            "ZOË",
            "Łukasz",
            "İstanbul",
            "ﬁg",
            "van",
            "de",
            "O'Neill's",
            "also known as",
            "call me",
            "\n",
            "- ",
            ".",
            " ",
            "  ",
            "\"",
            "🙂",
            "王小明",
            "’s",
            "Dr.",
            "my dog",
            "(",
            "e\u0301",
            "Ǆ");
    for (int i = 0; i < 500; i++) {
      String text =
          "x"
              + random
                  .ints(random.nextInt(1, 60), 0, words.size())
                  .mapToObj(word -> words.get(word) + (random.nextBoolean() ? " " : ""))
                  .collect(Collectors.joining());
      Named named = NameFinder.in(said(random.nextBoolean() ? "Łukasz" : null, text));
      for (Mention mention : named.mentions()) {
        String field = mention.field() == Mention.Field.TEXT ? text : "Łukasz";
        assertEquals(mention.name().text(), mention.span().of(field).orElseThrow(), text);
      }
      assertEquals(
          named.mentions().size(),
          named.mentions().stream().map(one -> one.name().key()).distinct().count());
    }
  }

  @Test
  void aLongTextIsReadAtItsBeginningAndHasSoManyNames() {
    StringBuilder names = new StringBuilder("we met ");
    for (int i = 0; i < NameFinder.NAMES_MAX + 20; i++) {
      names.append("Xa").append((char) ('a' + i % 26)).append((char) ('a' + i / 26)).append(", ");
    }
    assertEquals(
        NameFinder.NAMES_MAX, NameFinder.in(said(null, names.toString())).mentions().size());
    String late = "x ".repeat(NameFinder.READ_MAX / 2) + "with Mara";
    assertEquals(List.of(), NameFinder.in(said(null, late)).mentions());
  }

  /** Names in order of where they stand, those in brackets not sure to be any. */
  private static String written(Named named) {
    return named.mentions().stream()
        .map(mention ->
            (mention.isSure() ? mention.name().text() : "(" + mention.name().text() + ")")
                + " "
                + mention.kind().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static Memory said(@Nullable String speaker, String text) {
    return new Memory(
        new MemoryId("mem_1"),
        1,
        Scope.NONE,
        MemoryKind.EPISODE,
        new Origin("talk", null, null, 0),
        MemoryText.of(text).saidBy(speaker),
        Instant.EPOCH,
        null,
        1);
  }
}
