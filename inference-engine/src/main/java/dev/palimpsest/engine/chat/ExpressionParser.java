package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Operators and their precedence, from the weakest ({@code if else}) to the strongest. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");
  private static final Set<String> SUMS = Set.of("+", "-");
  private static final Set<String> JOIN = Set.of("~");
  private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");
  private static final Set<String> POWER = Set.of("**");

  private final TokenStream tokens;
  private final PrimaryParser primary;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.primary = new PrimaryParser(tokens, this);
  }

  Expr expression() {
    tokens.enter();
    Expr result = withoutCondition();
    int links = 0;
    while (tokens.atName("if")) {
      tokens.enter();
      links++;
      int offset = tokens.next().offset();
      Expr condition = withoutCondition();
      Optional<Expr> otherwise =
          tokens.skipName("else") ? Optional.of(expression()) : Optional.empty();
      result = new Expr.Conditional(condition, result, otherwise, offset);
    }
    tokens.leave(links + 1);
    return result;
  }

  /** One expression, or several with commas between them, which make a list. */
  Expr tuple(boolean conditionAllowed) {
    int offset = tokens.current().offset();
    Expr first = conditionAllowed ? expression() : withoutCondition();
    if (!tokens.atOperator(",")) {
      return first;
    }
    List<Expr> elements = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",") && tokens.current().kind() != Token.Kind.END) {
      elements.add(conditionAllowed ? expression() : withoutCondition());
    }
    return new Expr.ListOf(List.copyOf(elements), offset);
  }

  List<Node.FilterCall> filters() {
    List<Node.FilterCall> filters = new ArrayList<>();
    do {
      int offset = tokens.current().offset();
      String name = tokens.expectAnyName("the name of a filter");
      filters.add(new Node.FilterCall(name, primary.optionalArguments(), offset));
    } while (tokens.skipOperator("|"));
    return List.copyOf(filters);
  }

  /** An expression that ends before {@code if}, as the source of a loop does. */
  private Expr withoutCondition() {
    Expr left = conjunction();
    int links = 0;
    while (tokens.atName("or")) {
      tokens.enter();
      links++;
      int offset = tokens.next().offset();
      left = new Expr.Or(left, conjunction(), offset);
    }
    tokens.leave(links);
    return left;
  }

  private Expr conjunction() {
    Expr left = negation();
    int links = 0;
    while (tokens.atName("and")) {
      tokens.enter();
      links++;
      int offset = tokens.next().offset();
      left = new Expr.And(left, negation(), offset);
    }
    tokens.leave(links);
    return left;
  }

  private Expr negation() {
    if (!tokens.atName("not")) {
      return comparison();
    }
    tokens.enter();
    int offset = tokens.next().offset();
    Expr result = new Expr.Not(negation(), offset);
    tokens.leave(1);
    return result;
  }

  private Expr comparison() {
    Expr first = sum();
    List<Expr.Operand> rest = new ArrayList<>();
    int offset = tokens.current().offset();
    for (String operator = comparator(); !operator.isEmpty(); operator = comparator()) {
      rest.add(new Expr.Operand(operator, sum()));
    }
    return rest.isEmpty() ? first : new Expr.Comparison(first, List.copyOf(rest), offset);
  }

  /** Takes the operator of a comparison and names it; empty where there is none. */
  private String comparator() {
    Token token = tokens.current();
    if (token.kind() == Token.Kind.OPERATOR && COMPARISONS.contains(token.text())) {
      return tokens.next().text();
    }
    if (tokens.atNotIn()) {
      tokens.next();
      tokens.next();
      return "not in";
    }
    return tokens.skipName("in") ? "in" : "";
  }

  private Expr sum() {
    return chain(SUMS, this::join);
  }

  private Expr join() {
    return chain(JOIN, this::product);
  }

  private Expr product() {
    return chain(PRODUCTS, this::power);
  }

  private Expr power() {
    return chain(POWER, () -> unary(true));
  }

  private interface Operand {
    Expr parse();
  }

  private Expr chain(Set<String> operators, Operand operand) {
    Expr left = operand.parse();
    int links = 0;
    while (tokens.current().kind() == Token.Kind.OPERATOR
        && operators.contains(tokens.current().text())) {
      tokens.enter();
      links++;
      Token operator = tokens.next();
      left = new Expr.Binary(operator.text(), left, operand.parse(), operator.offset());
    }
    tokens.leave(links);
    return left;
  }

  /** A sign binds tighter than a filter: {@code -1|abs} is {@code (-1)|abs}. */
  private Expr unary(boolean withFilters) {
    int offset = tokens.current().offset();
    Expr result;
    if (tokens.atOperator("-") || tokens.atOperator("+")) {
      tokens.enter();
      boolean negative = tokens.next().isOperator("-");
      Expr operand = unary(false);
      result = negative ? new Expr.Negative(operand, offset) : operand;
      tokens.leave(1);
    } else {
      result = primary.operand();
    }
    return withFilters ? primary.filtersAndTests(result) : result;
  }
}
