package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Names, literals, and what follows them: attributes, subscripts, calls, filters and tests. */
final class PrimaryParser {
  private static final Set<String> ENDS_TEST = Set.of("else", "or", "and", "if", "in", "not");

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  PrimaryParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** A literal, a name or a bracket, with attributes, subscripts and calls. */
  Expr operand() {
    Expr result = primary();
    int links = 0;
    while (tokens.atOperator(".") || tokens.atOperator("[") || tokens.atOperator("(")) {
      tokens.enter();
      links++;
      result = postfix(result);
    }
    tokens.leave(links);
    return result;
  }

  /** Filters and tests bind tighter than any operator between two operands. */
  Expr filtersAndTests(Expr operand) {
    Expr result = operand;
    int links = 0;
    while (tokens.atOperator("|") || tokens.atName("is")) {
      tokens.enter();
      links++;
      int offset = tokens.current().offset();
      result = tokens.next().isOperator("|") ? filter(result, offset) : test(result, offset);
    }
    tokens.leave(links);
    return result;
  }

  Expr.Arguments optionalArguments() {
    return tokens.skipOperator("(") ? arguments() : Expr.Arguments.NONE;
  }

  private Expr primary() {
    Token token = tokens.current();
    return switch (token.kind()) {
      case NAME -> name(tokens.next());
      case STRING -> string();
      case INTEGER -> integer(tokens.next());
      case DECIMAL -> {
        double number = Double.parseDouble(tokens.next().text());
        yield new Expr.Literal(new Value.Real(number), token.offset());
      }
      case OPERATOR -> bracket(token);
      case END -> throw tokens.unexpected("an expression");
    };
  }

  private Expr name(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Expr.Literal(Value.Bool.TRUE, token.offset());
      case "false", "False" -> new Expr.Literal(Value.Bool.FALSE, token.offset());
      case "none", "None" -> new Expr.Literal(Value.None.NONE, token.offset());
      default -> new Expr.Name(token.text(), token.offset());
    };
  }

  /** Strings that follow each other are one string. */
  private Expr string() {
    int offset = tokens.current().offset();
    StringBuilder text = new StringBuilder();
    while (tokens.current().kind() == Token.Kind.STRING) {
      text.append(tokens.next().text());
    }
    return new Expr.Literal(new Value.Text(text.toString()), offset);
  }

  private Expr integer(Token token) {
    if (token.text().length() > 18) {
      throw tokens.error("the number " + token.text() + " is too large");
    }
    return new Expr.Literal(new Value.Int(Long.parseLong(token.text())), token.offset());
  }

  private Expr bracket(Token open) {
    if (tokens.skipOperator("[")) {
      return new Expr.ListOf(elements("]"), open.offset());
    }
    if (tokens.skipOperator("{")) {
      return mapping(open.offset());
    }
    if (tokens.skipOperator("(")) {
      return parenthesised(open.offset());
    }
    throw tokens.unexpected("an expression");
  }

  private Expr parenthesised(int offset) {
    if (tokens.skipOperator(")")) {
      return new Expr.ListOf(List.of(), offset);
    }
    Expr first = expressions.expression();
    if (tokens.skipOperator(")")) {
      return first;
    }
    tokens.expectOperator(",");
    List<Expr> elements = new ArrayList<>(List.of(first));
    elements.addAll(elements(")"));
    return new Expr.ListOf(List.copyOf(elements), offset);
  }

  private List<Expr> elements(String close) {
    List<Expr> elements = new ArrayList<>();
    while (!tokens.skipOperator(close)) {
      elements.add(expressions.expression());
      if (!tokens.atOperator(close)) {
        tokens.expectOperator(",");
      }
    }
    return List.copyOf(elements);
  }

  private Expr mapping(int offset) {
    List<Expr.Entry> entries = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      Expr key = expressions.expression();
      tokens.expectOperator(":");
      entries.add(new Expr.Entry(key, expressions.expression()));
      if (!tokens.atOperator("}")) {
        tokens.expectOperator(",");
      }
    }
    return new Expr.MapOf(List.copyOf(entries), offset);
  }

  private Expr postfix(Expr target) {
    int offset = tokens.current().offset();
    if (tokens.skipOperator(".")) {
      return tokens.current().kind() == Token.Kind.INTEGER
          ? new Expr.Index(target, integer(tokens.next()), offset)
          : new Expr.Attribute(target, tokens.expectAnyName("a name or a number"), offset);
    }
    if (tokens.skipOperator("(")) {
      return new Expr.Call(target, arguments(), offset);
    }
    tokens.expectOperator("[");
    return subscript(target, offset);
  }

  private Expr subscript(Expr target, int offset) {
    Optional<Expr> from = sliceBound();
    if (!tokens.atOperator(":")) {
      tokens.expectOperator("]");
      Expr key = from.orElseThrow(() -> tokens.unexpected("a subscript"));
      return new Expr.Index(target, key, offset);
    }
    tokens.next();
    Optional<Expr> to = sliceBound();
    Optional<Expr> step = tokens.skipOperator(":") ? sliceBound() : Optional.empty();
    tokens.expectOperator("]");
    return new Expr.Slice(target, from, to, step, offset);
  }

  private Optional<Expr> sliceBound() {
    boolean absent = tokens.atOperator(":") || tokens.atOperator("]");
    return absent ? Optional.empty() : Optional.of(expressions.expression());
  }

  /** Arguments up to the closing bracket; the opening one is read. */
  private Expr.Arguments arguments() {
    List<Expr> positional = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    while (!tokens.skipOperator(")")) {
      argument(positional, named);
      if (!tokens.atOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return new Expr.Arguments(List.copyOf(positional), named);
  }

  private void argument(List<Expr> positional, Map<String, Expr> named) {
    if (!tokens.atNamedArgument()) {
      if (!named.isEmpty()) {
        throw tokens.error("an argument without a name follows one with a name");
      }
      positional.add(expressions.expression());
      return;
    }
    String name = tokens.next().text();
    tokens.expectOperator("=");
    if (named.put(name, expressions.expression()) != null) {
      throw tokens.error("the argument '" + name + "' is given twice");
    }
  }

  private Expr filter(Expr target, int offset) {
    String name = tokens.expectAnyName("the name of a filter");
    return new Expr.Filter(target, name, optionalArguments(), offset);
  }

  private Expr test(Expr target, int offset) {
    boolean negated = tokens.skipName("not");
    String name = tokens.expectAnyName("the name of a test");
    Expr test = new Expr.Test(target, name, testArguments(), offset);
    return negated ? new Expr.Not(test, offset) : test;
  }

  /** The one argument of a test may stand without brackets: {@code x is divisibleby 3}. */
  private Expr.Arguments testArguments() {
    if (tokens.atName("is")) {
      throw tokens.error("tests with 'is' cannot be chained");
    }
    if (tokens.atOperator("(")) {
      return optionalArguments();
    }
    boolean follows =
        switch (tokens.current().kind()) {
          case NAME -> !ENDS_TEST.contains(tokens.current().text());
          case STRING, INTEGER, DECIMAL -> true;
          case OPERATOR -> tokens.atOperator("[") || tokens.atOperator("{");
          case END -> false;
        };
    return follows ? new Expr.Arguments(List.of(operand()), Map.of()) : Expr.Arguments.NONE;
  }
}
