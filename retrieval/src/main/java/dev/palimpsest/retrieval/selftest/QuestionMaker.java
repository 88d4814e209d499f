package dev.palimpsest.retrieval.selftest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The words of one memory, and the questions made of them. The same numbers, the same questions.
 */
final class QuestionMaker {
  /** With fewer different words there is nothing to ask of a memory that others do not say too. */
  static final int WORDS_MIN = 4;

  private static final int ASKED_WORDS = 5;

  /** Shorter ones are in every text. */
  private static final int LETTERS_MIN = 3;

  /** Of a text no more is read, in UTF-16 units: a question has an end. */
  private static final int READ_MAX = 4_000;

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");

  private final String text;
  private final List<MatchResult> places;
  private final List<String> words;

  QuestionMaker(String text) {
    this.text = text.substring(0, Math.min(text.length(), READ_MAX));
    this.places = WORD.matcher(this.text).results().toList();
    Set<String> different = new LinkedHashSet<>();
    for (MatchResult place : places) {
      if (place.end() - place.start() >= LETTERS_MIN) {
        different.add(place.group().toLowerCase(Locale.ROOT));
      }
    }
    this.words = List.copyOf(different);
  }

  /** Whether it says enough to be asked for. */
  boolean isAskable() {
    return words.size() >= WORDS_MIN;
  }

  /** One question of each form, in their order. */
  Map<QuestionForm, String> questions(RandomGenerator random) {
    List<String> chosen = new ArrayList<>(words);
    Collections.shuffle(chosen, Random.from(random));
    List<String> asked = chosen.subList(0, Math.min(ASKED_WORDS, chosen.size()));
    Map<QuestionForm, String> questions = new EnumMap<>(QuestionForm.class);
    questions.put(QuestionForm.WORDS, String.join(" ", asked));
    questions.put(QuestionForm.MISSPELT, misspelt(asked, random));
    questions.put(QuestionForm.PASSAGE, passage(random));
    return questions;
  }

  private static String misspelt(List<String> asked, RandomGenerator random) {
    int longest = 0;
    for (int i = 1; i < asked.size(); i++) {
      longest = asked.get(i).length() > asked.get(longest).length() ? i : longest;
    }
    List<String> wrong = new ArrayList<>(asked);
    wrong.set(longest, swapped(asked.get(longest), random));
    return String.join(" ", wrong);
  }

  /** Two neighbours in the middle of the word; the same where all its letters are the same. */
  private static String swapped(String word, RandomGenerator random) {
    int[] letters = word.codePoints().toArray();
    List<Integer> unlike = new ArrayList<>();
    for (int i = 1; i + 1 < letters.length; i++) {
      if (letters[i] != letters[i + 1]) {
        unlike.add(i);
      }
    }
    if (unlike.isEmpty()) {
      return word;
    }
    int at = unlike.get(random.nextInt(unlike.size()));
    int letter = letters[at];
    letters[at] = letters[at + 1];
    letters[at + 1] = letter;
    return new String(letters, 0, letters.length);
  }

  private String passage(RandomGenerator random) {
    int length = Math.ceilDiv(places.size(), 2);
    int from = random.nextInt(places.size() - length + 1);
    return text.substring(places.get(from).start(), places.get(from + length - 1).end());
  }
}
