package dev.palimpsest.retrieval.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LinkTest {
  @ParameterizedTest
  @CsvSource({
    "What does Clara's sister do?, Clara's sister, Clara, sister",
    "What does Carlos’ best friend do?, Carlos’ best friend, Carlos, friend",
    "Where does my older brother live?, my older brother, '', brother",
    "Who is the boss of Tom?, the boss of Tom, Tom, boss",
    "By when is Paul's brother's boss up?, Paul's brother, Paul, brother",
    "What's the name of Ada's dog?, Ada's dog, Ada, dog"
  })
  void somebodyIsSaidToBeSomebodys(String question, String phrase, String owner, String relation) {
    assertEquals(Optional.of(new Link(phrase, owner, relation)), Link.first(question));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "What does Clara do for work?",
        "What's sister Agnes like?",
        "Who is the boss?",
        "What is Clara's favourite colour?",
        "Which friendships has Clara's town?",
        ""
      })
  void nobodyIs(String question) {
    assertEquals(Optional.empty(), Link.first(question));
  }

  @Test
  void aNameTakesItsPlace() {
    String question = "Where does Ivy's boss's neighbour live?";
    assertEquals(2, Link.count(question));
    String named = Link.first(question).orElseThrow().named(question, "Jo$e");
    assertEquals("Where does Jo$e's neighbour live?", named);
    assertEquals(1, Link.count(Link.first(question).orElseThrow().named(question, "Tom")));
  }

  @Test
  void aPhraseIsAskedForByItself() {
    assertEquals(
        "Who is Clara's sister?",
        Link.first("What does Clara's sister do?").orElseThrow().question());
  }
}
