package dev.palimpsest.cli;

/**
 * What a conversation waits for. Events of a connection carry the connection's number, so that what
 * a dead one still delivers can be told from the living one.
 */
sealed interface SocketEvent {

  /** A text message arrived, whole. */
  record Message(int connection, String text) implements SocketEvent {}

  /** The connection is gone. */
  record Closed(int connection, String reason) implements SocketEvent {}

  /** The person wants the running answer to stop. */
  record Interrupt() implements SocketEvent {}
}
