package dev.palimpsest.compress.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Texts of memories with facts that can be asked for, among talk that says nothing. */
final class Memories {
  private static final List<String> NAMES =
      List.of(
          "Anna", "Boris", "Clara", "David", "Elena", "Frank", "Greta", "Hugo", "Ingrid", "Jack",
          "Karen", "Leo", "Maria", "Nathan", "Olga", "Peter", "Rosa", "Simon", "Tamara", "Victor",
          "Wendy", "Yara", "Zoe", "Martin", "Lydia", "Oscar", "Julia", "Emil", "Fiona", "Harold");

  private record Relation(String statement, String question, List<String> values) {}

  private static final List<Relation> RELATIONS =
      List.of(
          new Relation(
              "%s lives in %s.",
              "Where does %s live?",
              List.of("Lisbon", "Oslo", "Denver", "Cairo", "Hamburg", "Kyoto", "Dublin", "Lima")),
          new Relation(
              "%s works as a %s.",
              "What does %s do for work?",
              List.of("baker", "teacher", "plumber", "nurse", "pilot", "farmer", "lawyer", "cook")),
          new Relation(
              "%s adopted a %s.",
              "What pet does %s have?",
              List.of("parrot", "rabbit", "tortoise", "hamster", "goat", "pony", "ferret", "duck")),
          new Relation(
              "%s plays the %s.",
              "What instrument does %s play?",
              List.of("piano", "violin", "flute", "cello", "guitar", "drums", "harp", "trumpet")),
          new Relation(
              "%s's favourite colour is %s.",
              "What is %s's favourite colour?",
              List.of("green", "purple", "orange", "yellow", "blue", "red", "pink", "brown")),
          new Relation(
              "%s speaks %s.",
              "What language does %s speak?",
              List.of(
                  "Spanish", "Greek", "Dutch", "Polish", "Arabic", "Danish", "Hindi", "Turkish")),
          new Relation(
              "%s is allergic to %s.",
              "What is %s allergic to?",
              List.of("peanuts", "pollen", "milk", "shellfish", "wool", "dust", "eggs", "honey")),
          new Relation(
              "%s drives a %s.",
              "What car does %s drive?",
              List.of("Volvo", "Fiat", "Toyota", "Ford", "Honda", "Skoda", "Tesla", "Mazda")),
          new Relation(
              "%s's favourite food is %s.",
              "What is %s's favourite food?",
              List.of("pizza", "soup", "curry", "pasta", "salad", "sushi", "stew", "pancakes")),
          new Relation(
              "%s bought a %s.",
              "What did %s buy?",
              List.of("lamp", "bicycle", "camera", "tent", "sofa", "guitar", "kettle", "mirror")));

  private static final List<String> TALK =
      List.of(
          "Did you see how much it rained this morning?",
          "I will call you back in a minute.",
          "That sounds great, let us do it again soon.",
          "We should really meet more often.",
          "I was late because of the train.",
          "The meeting took longer than we thought.",
          "Thanks for the help yesterday.",
          "Has anybody seen my keys?",
          "I am so tired today, I did not sleep well.",
          "Let me think about it and tell you later.",
          "It was such a nice evening, thank you.",
          "The shop on the corner was closed again.",
          "I forgot to answer your message, sorry.",
          "Can you send me the pictures from the party?",
          "We had dinner outside because it was so warm.",
          "The bus was full, so I walked home.",
          "Do not worry, it will be fine.",
          "I have to get up early tomorrow.",
          "What a day, nothing worked.",
          "The weather should be better at the weekend.",
          "I read it twice and still do not understand it.",
          "Nobody told me about the change of plans.",
          "It is getting late, I should go.",
          "We talked for hours and forgot the time.");

  private static final List<String> MONTHS =
      List.of("January", "March", "April", "May", "June", "August", "October", "November");

  /** A question with its answer; the answer is one word. */
  record Question(String text, String answer) {}

  /**
   * A text.
   *
   * @param lines the memories, oldest first, as the reader's prompt has them
   * @param asked what is asked for
   * @param others questions of the same kind about other facts of the same text
   */
  record Text(List<String> lines, List<Question> asked, List<Question> others) {
    Text {
      lines = List.copyOf(lines);
      asked = List.copyOf(asked);
      others = List.copyOf(others);
    }
  }

  private final Random random;

  Memories(long seed) {
    random = new Random(seed);
  }

  /** So many lines, among them so many facts that are asked for, and as many that are not. */
  Text next(int lines, int facts) {
    List<String> names = new ArrayList<>(NAMES);
    Collections.shuffle(names, random);
    List<Question> questions = new ArrayList<>();
    List<String> said = new ArrayList<>();
    for (int i = 0; i < 2 * facts; i++) {
      Relation relation = RELATIONS.get(random.nextInt(RELATIONS.size()));
      String name = names.get(i % names.size());
      String value = relation.values.get(random.nextInt(relation.values.size()));
      questions.add(new Question(relation.question.formatted(name), value));
      said.add(
          names.get(names.size() - 1 - i % 5) + ": " + relation.statement.formatted(name, value));
    }
    while (said.size() < lines) {
      String speaker = names.get(random.nextInt(names.size()));
      said.add(speaker + ": " + TALK.get(random.nextInt(TALK.size())));
    }
    Collections.shuffle(said, random);
    List<String> dated = new ArrayList<>();
    for (int i = 0; i < said.size(); i++) {
      int month = i * MONTHS.size() / said.size();
      dated.add(
          "[%d %s 2023] %s".formatted(1 + random.nextInt(28), MONTHS.get(month), said.get(i)));
    }
    return new Text(dated, questions.subList(0, facts), questions.subList(facts, 2 * facts));
  }
}
