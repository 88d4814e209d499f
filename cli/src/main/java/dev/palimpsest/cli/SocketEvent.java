package dev.palimpsest.cli;

/**
 * What whoever holds a socket waits for. Events of a connection carry the connection's number, so
 * that what a dead one still delivers can be told from the living one.
 */
sealed interface SocketEvent {

  /** A text message arrived, whole. */
  record Message(int connection, String text) implements SocketEvent {}

  /**
   * The connection is gone.
   *
   * @param tooLarge whether it ended because of a frame beyond the limit (1009), so that trying
   *     again would end the same way
   */
  record Closed(int connection, boolean tooLarge) implements SocketEvent {}

  /** The other end answered a ping below the frames: it lives, however little it says. */
  record Pong(int connection) implements SocketEvent {}

  /** The person wants the running answer to stop. */
  record Interrupt() implements SocketEvent {}
}
