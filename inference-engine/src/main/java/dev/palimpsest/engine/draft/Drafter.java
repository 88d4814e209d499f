package dev.palimpsest.engine.draft;

/**
 * Guesses how one sequence goes on: it reads every token of it, finds the longest suffix that stood
 * before in the sequence itself or in earlier phrases, and proposes what followed there.
 * (SAM-Decoding, arXiv 2411.10666, with the length of the draft chosen by {@link Payoff}.) For the
 * engine thread.
 */
public final class Drafter {
  private final SuffixAutomaton own = new SuffixAutomaton();
  private final Phrases.Reader earlier;
  private final Payoff payoff;
  private int followed = SuffixAutomaton.ROOT;
  private int match;

  /**
   * @param phrases what was said earlier
   * @param payoff how often guesses of its kind came true, shared by sequences of a kind
   */
  public Drafter(Phrases phrases, Payoff payoff) {
    this.earlier = phrases.new Reader();
    this.payoff = payoff;
  }

  /** Tokens that were read. */
  public int size() {
    return own.size();
  }

  /** Reads the sequence's next token. */
  public void read(int token) {
    own.endsHere(followed);
    own.append(token);
    earlier.read(token);
    followed = own.repeated();
  }

  /**
   * Proposes the next tokens.
   *
   * @param into where they go
   * @param most at most so many
   * @param rowCost what computing a further token costs, in steps
   * @return how many there are
   */
  public int propose(int[] into, int most, double rowCost) {
    int ownMatch = own.length(followed);
    boolean isOwn = ownMatch >= earlier.matched();
    match = isOwn ? ownMatch : earlier.matched();
    int count = payoff.tokens(match, rowCost, most);
    return isOwn ? following(into, count) : earlier.following(into, count);
  }

  private int following(int[] into, int most) {
    int period = own.size() - 1 - own.end(followed);
    for (int i = 0; i < most; i++) {
      // What repeats itself to its very end goes on repeating itself.
      into[i] = i < period ? own.token(own.size() - period + i) : into[i - period];
    }
    return most;
  }

  /** Says how many of the tokens last proposed came true. */
  public void judged(int proposed, int accepted) {
    payoff.judged(match, proposed, accepted);
  }
}
