package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The turn that is being asked, from the reader's side: what was sent, what the service calls it,
 * and what has been shown.
 */
final class RunningTurn {
  private final String clientTurnId;
  private final ObjectNode request;
  private final TurnObserver observer;
  private final AnswerText answer = new AnswerText();
  private String turn = "";
  private boolean waitsForAcceptance = true;
  private boolean wantsCancel;
  private boolean repeated;

  RunningTurn(String clientTurnId, ObjectNode request, TurnObserver observer) {
    this.clientTurnId = clientTurnId;
    this.request = request.deepCopy().put("client_turn_id", clientTurnId);
    this.observer = observer;
  }

  TurnObserver observer() {
    return observer;
  }

  /** The body for REST. */
  ObjectNode request() {
    return request.deepCopy();
  }

  /** The frame that asks for this turn; sending it again is harmless. */
  String createFrame() {
    return Json.object().put("type", "turn.create").setAll(request).toString();
  }

  String cancelFrame() {
    return Json.object().put("type", "turn.cancel").put("turn", turn).toString();
  }

  boolean isAccepted() {
    return !turn.isEmpty();
  }

  /** Whether a request for the turn is on its way and not answered yet. */
  boolean waitsForAcceptance() {
    return waitsForAcceptance;
  }

  /** Takes an acceptance when it is for this turn; the answer begins from nothing after each. */
  void accept(ServerFrame.Accepted accepted) {
    boolean unnamed = accepted.clientTurnId().isEmpty() && turn.isEmpty();
    if (unnamed || owns(accepted.turn(), accepted.clientTurnId())) {
      repeated |= isAccepted();
      turn = accepted.turn();
      waitsForAcceptance = false;
      answer.repeat();
    }
  }

  boolean owns(String otherTurn, String otherClientTurnId) {
    return otherClientTurnId.equals(clientTurnId) || (isAccepted() && turn.equals(otherTurn));
  }

  /** What was shown may not be all that was said: the turn is asked for once more. */
  void askAgain() {
    repeated = true;
    waitsForAcceptance = true;
  }

  /** Whether the answer did not come as one unbroken stream. */
  boolean isRepeated() {
    return repeated;
  }

  boolean wantsCancel() {
    return wantsCancel;
  }

  void wantCancel() {
    wantsCancel = true;
  }

  void delta(String text) {
    show(answer.next(text));
  }

  /**
   * Takes the stored answer. It counts only where the stream cannot be trusted to be whole: a
   * service may trim what it stores, and a live stream is not printed twice for a line break.
   */
  void whole(String output) {
    if (repeated || answer.isEmpty()) {
      show(answer.whole(output));
    }
  }

  private void show(AnswerText.Piece piece) {
    if (piece.anew()) {
      observer.notice("the answer was begun anew:");
    }
    if (!piece.text().isEmpty()) {
      observer.text(piece.text());
    }
  }
}
