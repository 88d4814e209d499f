package dev.palimpsest.retrieval.tree;

/** What people, and what else, are to somebody; parts of regular expressions, without a group. */
public final class Relations {
  /** What may stand before a relation. */
  public static final String WHICH =
      "(?:(?:best|closest|oldest|older|elder|eldest|youngest|younger|little|big|twin|old|new|former|late)"
          + " )?";

  /** What people are. */
  public static final String PEOPLE =
      "sister|brother|mother|mom|mum|father|dad|parent|son|daughter|child|kid|grandmother"
          + "|grandma|grandfather|grandpa|grandson|granddaughter|aunt|uncle|cousin|niece|nephew"
          + "|wife|husband|spouse|partner|fiancé|fiancée|girlfriend|boyfriend|friend|roommate"
          + "|flatmate|housemate|neighbour|neighbor|colleague|coworker|boss|manager|supervisor"
          + "|mentor|teacher|tutor|professor|coach|trainer|student|pupil|assistant|doctor|dentist"
          + "|therapist|vet|lawyer|landlord|landlady|tenant|employer";

  /** What animals and groups are. */
  public static final String OTHERS = "dog|cat|pet|horse|band|company|team";

  private Relations() {}
}
