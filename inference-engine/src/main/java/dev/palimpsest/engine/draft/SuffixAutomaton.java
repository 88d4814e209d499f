package dev.palimpsest.engine.draft;

import java.util.Arrays;

/**
 * The smallest automaton of all substrings of a growing sequence of tokens (Blumer et al., 1985):
 * appending a token costs O(1) amortised, and the longest suffix that stood somewhere before is
 * known at once. Takes about 100 bytes a token. Not for several threads.
 *
 * <p>A state stands for all substrings with the same ends. It knows the length of the longest of
 * them, the state of the longest suffix that has more ends (its link), and one of its ends: the
 * first, or a later one at which it was the longest repeated suffix. (To keep the last end of every
 * state would cost a walk over all links with each token, which is quadratic on a constant text.)
 */
final class SuffixAutomaton {
  /** The state of the empty string. */
  static final int ROOT = 0;

  private static final int NONE = -1;
  private static final int INITIAL = 64;

  private int[] tokens = new int[INITIAL];
  private int size;

  private int[] lengths = new int[2 * INITIAL];
  private int[] links = new int[2 * INITIAL];
  private int[] ends = new int[2 * INITIAL];

  /** By state its first edge; the others follow in {@link #edgeNexts}. */
  private int[] firstEdges = new int[2 * INITIAL];

  private int states;
  private int last = ROOT;

  private long[] edgeKeys = new long[3 * INITIAL];
  private int[] edgeTargets = new int[3 * INITIAL];
  private int[] edgeNexts = new int[3 * INITIAL];
  private int edges;

  /** Edges by their keys, open addressing: the edge's number and one, 0 where there is none. */
  private int[] slots = new int[8 * INITIAL];

  SuffixAutomaton() {
    int root = newState(0, NONE, NONE);
    assert root == ROOT;
  }

  /** Tokens so far. */
  int size() {
    return size;
  }

  /** One of them. */
  int token(int position) {
    return tokens[position];
  }

  /** Appends a token. */
  void append(int token) {
    if (size == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * size);
    }
    tokens[size] = token;
    int state = newState(size + 1, ROOT, size);
    int from = last;
    int edge = edge(from, token);
    while (from != NONE && edge == NONE) {
      addEdge(from, token, state);
      from = links[from];
      edge = from == NONE ? NONE : edge(from, token);
    }
    if (from != NONE) {
      int target = edgeTargets[edge];
      boolean isDirect = lengths[target] == lengths[from] + 1;
      // Splitting may move the arrays.
      int link = isDirect ? target : split(from, token, target);
      links[state] = link;
    }
    last = state;
    size++;
  }

  /** Parts the shorter strings of a state, those that end here too, from its longer ones. */
  private int split(int from, int token, int target) {
    int clone = newState(lengths[from] + 1, links[target], ends[target]);
    for (int edge = firstEdges[target]; edge != NONE; edge = edgeNexts[edge]) {
      addEdge(clone, (int) edgeKeys[edge], edgeTargets[edge]);
    }
    links[target] = clone;
    for (int state = from; state != NONE; state = links[state]) {
      int edge = edge(state, token);
      if (edge == NONE || edgeTargets[edge] != target) {
        break;
      }
      edgeTargets[edge] = clone;
    }
    return clone;
  }

  /** The state of the longest suffix that stood somewhere before. */
  int repeated() {
    return last == ROOT ? ROOT : links[last];
  }

  /** Length of the longest string of a state. */
  int length(int state) {
    return lengths[state];
  }

  /** The position of the last token of some occurrence of a state's strings; −1 for the root. */
  int end(int state) {
    return ends[state];
  }

  /** Takes note that a state's strings end at the last token, which is where they stand next. */
  void endsHere(int state) {
    if (state != ROOT) {
      ends[state] = size - 1;
    }
  }

  /** The state of the longest suffix of a state's strings that has more ends; −1 for the root. */
  int link(int state) {
    return links[state];
  }

  /** The state after one more token, −1 where those strings never went on like that. */
  int next(int state, int token) {
    int edge = edge(state, token);
    return edge == NONE ? NONE : edgeTargets[edge];
  }

  private int newState(int length, int link, int end) {
    if (states == lengths.length) {
      lengths = Arrays.copyOf(lengths, 2 * states);
      links = Arrays.copyOf(links, 2 * states);
      ends = Arrays.copyOf(ends, 2 * states);
      firstEdges = Arrays.copyOf(firstEdges, 2 * states);
    }
    lengths[states] = length;
    links[states] = link;
    ends[states] = end;
    firstEdges[states] = NONE;
    return states++;
  }

  private static long key(int state, int token) {
    return ((long) state << Integer.SIZE) | (token & 0xFFFFFFFFL);
  }

  private int edge(int state, int token) {
    return slots[slot(key(state, token))] - 1;
  }

  /** Where a key is, or would be. */
  private int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 32) & (slots.length - 1);
    while (slots[slot] != 0 && edgeKeys[slots[slot] - 1] != key) {
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }

  private void addEdge(int state, int token, int target) {
    if (edges == edgeKeys.length) {
      edgeKeys = Arrays.copyOf(edgeKeys, 2 * edges);
      edgeTargets = Arrays.copyOf(edgeTargets, 2 * edges);
      edgeNexts = Arrays.copyOf(edgeNexts, 2 * edges);
    }
    if (2 * (edges + 1) > slots.length) {
      slots = new int[2 * slots.length];
      for (int i = 0; i < edges; i++) {
        slots[slot(edgeKeys[i])] = i + 1;
      }
    }
    long key = key(state, token);
    edgeKeys[edges] = key;
    edgeTargets[edges] = target;
    edgeNexts[edges] = firstEdges[state];
    firstEdges[state] = edges;
    slots[slot(key)] = ++edges;
  }
}
