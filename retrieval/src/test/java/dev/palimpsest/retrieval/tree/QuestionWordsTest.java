package dev.palimpsest.retrieval.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuestionWordsTest {
  private static final LocalDate TODAY = LocalDate.of(2023, 8, 16);

  @Test
  void whatOnlyAsksIsLeftOut() {
    assertEquals("Ada paint garden", QuestionWords.content("What did Ada paint in the garden?"));
    assertEquals("", QuestionWords.content("What was it about?"));
  }

  @Test
  void clausesAreAskedEachWithTheNamesOfTheWhole() {
    assertEquals(
        List.of(
            "Where Ada grow up".replace("Where ", ""), "Ada kind music play".replace("kind ", "")),
        QuestionWords.parts("Where did Ada grow up and what kind of music does she play?").stream()
            .map(part -> part.replace(" she", ""))
            .toList());
    assertEquals(List.of(), QuestionWords.parts("Where did Ada grow up?"));
  }

  @Test
  void namesAreWordsInCapitalsWithinASentence() {
    assertEquals(
        Set.of("Oslo", "Mara"),
        QuestionWords.names("Then I moved to Oslo. Yesterday Mara's aunt came. I was glad."));
  }

  @ParameterizedTest
  @CsvSource({
    "What happened on 7 May 2023?, 2023-05-07, 2023-05-08",
    "'On December 3rd, 2021?', 2021-12-03, 2021-12-04",
    "What did she do in May?, 2023-05-01, 2023-06-01",
    "What did she do in October?, 2022-10-01, 2022-11-01",
    "Who came in June 2021?, 2021-06-01, 2021-07-01",
    "Where was he in summer 2022?, 2022-06-01, 2022-09-01",
    "Which books in 2020?, 2020-01-01, 2021-01-01",
    "What did I buy last week?, 2023-08-07, 2023-08-14",
    "What began three months ago?, 2023-05-01, 2023-06-01",
    "What did I say yesterday?, 2023-08-15, 2023-08-16"
  })
  void timesAreResolved(String question, LocalDate from, LocalDate to) {
    assertEquals(new TimeSpan(from, to), TimeSpan.in(question, TODAY).orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({"May I ask who came?", "What did Summer say?", "On 31 February 2023?", "Room 2020?"})
  void whatIsNoTimeIsNone(String question) {
    assertEquals(true, TimeSpan.in(question, TODAY).isEmpty());
  }
}
