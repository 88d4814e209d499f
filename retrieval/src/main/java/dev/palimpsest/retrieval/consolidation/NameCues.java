package dev.palimpsest.retrieval.consolidation;

import dev.palimpsest.memory.EntityKind;
import dev.palimpsest.retrieval.tree.CapitalWord;
import dev.palimpsest.retrieval.tree.Relations;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the words around a name say of it: that it is one, and of what. English, by lists. */
final class NameCues {
  /** How far around a name is looked, in UTF-16 units. */
  private static final int REACH = 48;

  private static final Set<String> TITLES =
      Set.of("mrs", "miss", "prof", "professor", "sir", "aunt", "uncle", "captain", "doctor");

  /** Titles too short to be taken for a part of the name. */
  private static final Pattern TITLED = Pattern.compile("\\b(?:Mr|Mrs|Ms|Dr|Prof|St)\\.? $");

  private static final String WHOSE = "(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir|\\p{L}['’]s|[Aa]n?) ";

  /** "my sister Mara", "a dog called Rex". */
  private static final Pattern IS_BEFORE =
      Pattern.compile(
          WHOSE
              + Relations.WHICH
              + "(?:("
              + Relations.PEOPLE
              + ")|("
              + Relations.OTHERS
              + "))(?:,|,? (?:called|named))? [\"“]?$");

  /** "Mara, my sister", "Rex is our dog". */
  private static final Pattern IS_BEHIND =
      Pattern.compile(
          "^(?:,| is| was) (?:my|our|his|her|their|\\p{Lu}[\\p{L}-]*['’]s) "
              + Relations.WHICH
              + "(?:("
              + Relations.PEOPLE
              + ")|("
              + Relations.OTHERS
              + "))\\b");

  private static final Pattern PLACE =
      Pattern.compile(
          "\\b(?:liv(?:e|es|ed|ing)|mov(?:e|es|ed|ing)|born|raised|based|stay(?:s|ed|ing)?|grew up"
              + "|fl(?:y|ew|ies|ying)|travel(?:s|led|ling|ed|ing)?|trip|drove|arrived|vacation"
              + "|holidays?)(?: back)? (?:in|to|near|from) $");

  private static final String OFTEN =
      "^ (?:also |just |still |never |always |really |once |has |had |is |was )?";
  private static final Pattern PERSON =
      Pattern.compile(
          OFTEN
              + "(?:told|asked|lives|lived|married|likes|liked|loves|loved|hates|hated|thinks"
              + "|thought|wants|wanted|moved|born|met|wrote)\\b");
  private static final Pattern ACTING =
      Pattern.compile(
          OFTEN
              + "(?:said|says|works|worked|went|goes|came|comes|knows|knew|plays|played|has|had)\\b");

  /** Who does things without having a name. */
  private static final Set<String> NOBODY =
      Set.of(
          "everyone",
          "everything",
          "someone",
          "something",
          "anyone",
          "anything",
          "nothing",
          "people",
          "others",
          "kids",
          "children",
          "friends",
          "parents",
          "neighbours",
          "neighbors",
          "another",
          "one",
          "two",
          "three",
          "most",
          "many",
          "each",
          "either",
          "neither",
          "life",
          "never",
          "always",
          "work",
          "time");

  private static final String LIST_MARKS = "-*•#>|–—(";

  private NameCues() {}

  /**
   * What is said of a name.
   *
   * @param isSure that it is one, wherever it stands
   */
  record Cue(EntityKind kind, boolean isSure) {
    private static final Cue NONE = new Cue(EntityKind.UNKNOWN, false);
  }

  static Cue around(String text, int start, int end) {
    String before = text.substring(Math.max(0, start - REACH), start);
    String behind = text.substring(end, Math.min(text.length(), end + REACH));
    Matcher is = IS_BEFORE.matcher(before);
    Matcher isBehind = IS_BEHIND.matcher(behind);
    if (TITLED.matcher(before).find()) {
      return new Cue(EntityKind.PERSON, true);
    }
    if (is.find()) {
      return related(is);
    }
    if (isBehind.find()) {
      return related(isBehind);
    }
    if (PLACE.matcher(before).find()) {
      return new Cue(EntityKind.PLACE, true);
    }
    if (NOBODY.contains(text.substring(start, end).toLowerCase(Locale.ROOT))) {
      return Cue.NONE;
    }
    if (PERSON.matcher(behind).find()) {
      return new Cue(EntityKind.PERSON, true);
    }
    return new Cue(EntityKind.UNKNOWN, ACTING.matcher(behind).find());
  }

  private static Cue related(Matcher found) {
    return new Cue(found.group(1) == null ? EntityKind.THING : EntityKind.PERSON, true);
  }

  /** A row of words in capitals without a title that it begins with. */
  static List<CapitalWord> withoutTitle(List<CapitalWord> row) {
    boolean isTitled =
        row.size() > 1 && TITLES.contains(row.getFirst().text().toLowerCase(Locale.ROOT));
    return isTitled ? row.subList(1, row.size()) : row;
  }

  /** Whether nothing but white space and a mark of a list stands before it on its line. */
  static boolean beginsLine(String text, int at) {
    int before = at - 1;
    while (before >= 0 && text.charAt(before) != '\n' && isNothing(text.charAt(before))) {
      before--;
    }
    return before < 0 || text.charAt(before) == '\n';
  }

  private static boolean isNothing(char c) {
    return Character.isWhitespace(c) || LIST_MARKS.indexOf(c) >= 0;
  }
}
