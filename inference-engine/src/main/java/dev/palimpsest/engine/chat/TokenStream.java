package dev.palimpsest.engine.chat;

import java.util.List;

/** The tokens of one tag with a reading position, and how deep the parser is inside brackets. */
final class TokenStream {
  private final Source source;
  private final List<Token> tokens;
  private int position;
  private int level;

  /**
   * @param level how many statements surround the tag
   */
  TokenStream(Source source, List<Token> tokens, int level) {
    this.source = source;
    this.tokens = tokens;
    this.level = level;
  }

  Token current() {
    return tokens.get(position);
  }

  Token next() {
    Token token = current();
    if (token.kind() != Token.Kind.END) {
      position++;
    }
    return token;
  }

  boolean atOperator(String operator) {
    return current().isOperator(operator);
  }

  boolean atName(String name) {
    return current().isName(name);
  }

  boolean atNotIn() {
    return atName("not") && tokens.get(position + 1).isName("in");
  }

  /** True for {@code name =}, which begins a named argument. */
  boolean atNamedArgument() {
    return current().kind() == Token.Kind.NAME && tokens.get(position + 1).isOperator("=");
  }

  boolean skipOperator(String operator) {
    boolean found = atOperator(operator);
    if (found) {
      next();
    }
    return found;
  }

  boolean skipName(String name) {
    boolean found = atName(name);
    if (found) {
      next();
    }
    return found;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  String expectAnyName(String meaning) {
    if (current().kind() != Token.Kind.NAME) {
      throw unexpected(meaning);
    }
    return next().text();
  }

  void expectEnd() {
    if (current().kind() != Token.Kind.END) {
      throw unexpected("the end of the tag");
    }
  }

  ChatTemplateException unexpected(String wanted) {
    return error("expected " + wanted + ", found " + current().shown());
  }

  ChatTemplateException error(String message) {
    return source.error(current().offset(), "tag", message);
  }

  /** One level deeper; chains of operators count as levels, because their trees are as deep. */
  void enter() {
    if (++level > Limits.NESTING) {
      throw error("nested deeper than " + Limits.NESTING + " levels");
    }
  }

  void leave(int levels) {
    level -= levels;
  }
}
