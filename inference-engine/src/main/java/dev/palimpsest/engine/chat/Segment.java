package dev.palimpsest.engine.chat;

import java.util.List;

/** A piece of a template: text to copy, or a tag with its tokens. Comments leave nothing. */
sealed interface Segment {
  int offset();

  record Plain(String text, int offset) implements Segment {}

  /** An expression between double braces. */
  record Output(List<Token> tokens, int offset) implements Segment {}

  /** A statement between brace and percent sign. */
  record Statement(List<Token> tokens, int offset) implements Segment {}
}
