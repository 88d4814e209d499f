package dev.palimpsest.engine.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * All places that can be reached from some frames without reading a byte. No subroutine may call
 * itself before it reads. Used once.
 */
final class Closure {
  private final Program program;
  private final int depthMax;
  private final int visitsMax;
  private final Deque<Frame> ways = new ArrayDeque<>();
  private final Set<Frame> seen = new HashSet<>();
  private final Set<Frame> reached = new LinkedHashSet<>();
  private final Map<Integer, Opening> openings = new HashMap<>();
  private int visits;

  Closure(Program program, int depthMax, int visitsMax) {
    this.program = program;
    this.depthMax = depthMax;
    this.visitsMax = visitsMax;
  }

  /** Goes on from a frame as well; says whether that took no more visits than are allowed. */
  boolean follow(Frame start) {
    push(start);
    while (!ways.isEmpty() && visits <= visitsMax) {
      visits++;
      goOn(ways.pop());
    }
    return visits <= visitsMax;
  }

  /** How many places were visited. */
  int visits() {
    return visits;
  }

  private void push(Frame frame) {
    if (seen.add(frame)) {
      ways.push(frame);
    }
  }

  private void goOn(Frame from) {
    int place = from.place();
    int a = program.a(place);
    switch (program.op(place)) {
      case READ, DONE -> reached.add(from);
      case SPLIT -> {
        push(from.at(program.b(place)));
        push(from.at(a));
      }
      case JUMP -> push(from.at(a));
      case CALL -> call(from, a);
      case TAIL -> push(new Frame(program.startOf(a), 0, from.below()));
      case RETURN -> end(from.below());
      case COUNT -> push(new Frame(place + 1, Math.min(from.count() + 1, a), from.below()));
      case BELOW -> pass(from, from.count() < a);
      case AT_LEAST -> pass(from, from.count() >= a);
      case ROOM -> pass(from, from.below().depth() + a <= depthMax);
    }
  }

  private void pass(Frame from, boolean isAllowed) {
    if (isAllowed) {
      push(from.at(from.place() + 1));
    }
  }

  private void call(Frame from, int rule) {
    Opening opening = openings.get(rule);
    Frame after = from.at(from.place() + 1);
    if (opening == null) {
      opening = new Opening();
      openings.put(rule, opening);
      opening.add(after);
      push(new Frame(program.startOf(rule), 0, opening));
    } else if (opening.add(after) && opening.isOver()) {
      push(after);
    }
  }

  private void end(Below below) {
    if (below instanceof Opening opening) {
      opening.over();
    }
    visits += below.returns() instanceof List<Frame> known ? known.size() / 8 : 0;
    for (Frame each : below.returns()) {
      push(each);
    }
  }

  /** The places that read or have said all, in the order in which they were found. */
  List<Frame> places(Memo memo) {
    Map<Opening, Context> closed = new HashMap<>();
    Set<Frame> places = new LinkedHashSet<>();
    for (Frame each : reached) {
      if (each.below() instanceof Opening opening) {
        close(opening, closed, memo);
      }
      places.add(closed(each, closed));
    }
    return List.copyOf(places);
  }

  private static Frame closed(Frame frame, Map<Opening, Context> closed) {
    return frame.below() instanceof Opening opening
        ? new Frame(frame.place(), frame.count(), Objects.requireNonNull(closed.get(opening)))
        : frame;
  }

  /** An opening whose callers are being looked through for openings that come first. */
  private record Visit(Opening opening, Iterator<Frame> left) {
    static Visit of(Opening opening) {
      return new Visit(opening, opening.returns().iterator());
    }
  }

  /** Makes contexts of an opening and of all below it; without recursion, for it may be deep. */
  private static void close(Opening top, Map<Opening, Context> closed, Memo memo) {
    Deque<Visit> visits = new ArrayDeque<>();
    visits.push(Visit.of(top));
    while (!visits.isEmpty()) {
      Visit visit = visits.element();
      if (visit.left().hasNext()) {
        if (visit.left().next().below() instanceof Opening under && !closed.containsKey(under)) {
          visits.push(Visit.of(under));
        }
      } else {
        visits.pop();
        Set<Frame> returns = new LinkedHashSet<>();
        visit.opening().returns().forEach(each -> returns.add(closed(each, closed)));
        closed.putIfAbsent(visit.opening(), memo.context(new ArrayList<>(returns)));
      }
    }
  }
}
