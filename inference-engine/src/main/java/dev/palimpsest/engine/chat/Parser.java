package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Statements: makes a tree of the segments of a template. */
final class Parser {
  private final Source source;
  private final List<Segment> segments;
  private int position;
  private int level;
  private int loops;

  private Parser(Source source) {
    this.source = source;
    this.segments = new TemplateLexer(source).segments();
  }

  static List<Node> parse(Source source) {
    if (source.text().length() > Limits.TEMPLATE_CHARS) {
      throw source.error(0, "template", "longer than " + Limits.TEMPLATE_CHARS + " characters");
    }
    return new Parser(source).nodes(Set.of(), 0, "template");
  }

  /** Reads until a statement of the given names (or all), and leaves the position at it. */
  private List<Node> nodes(Set<String> ends, int start, String construct) {
    if (++level > Limits.NESTING) {
      throw source.error(start, construct, "nested deeper than " + Limits.NESTING + " levels");
    }
    List<Node> nodes = new ArrayList<>();
    while (position < segments.size() && !ends.contains(statementName())) {
      Segment segment = segments.get(position++);
      switch (segment) {
        case Segment.Plain plain -> nodes.add(new Node.Plain(plain.text(), plain.offset()));
        case Segment.Output output -> nodes.add(output(output));
        case Segment.Statement statement -> statement(statement, nodes);
      }
    }
    if (position >= segments.size() && !ends.isEmpty()) {
      throw source.error(start, construct, "'end" + construct + "' is missing");
    }
    level--;
    return List.copyOf(nodes);
  }

  /** The name of the statement at the position; empty for text and output. */
  private String statementName() {
    return segments.get(position) instanceof Segment.Statement statement
        ? statement.tokens().getFirst().text()
        : "";
  }

  private Node output(Segment.Output output) {
    TokenStream tokens = new TokenStream(source, output.tokens(), level);
    Expr value = new ExpressionParser(tokens).expression();
    tokens.expectEnd();
    return new Node.Output(value, output.offset());
  }

  private void statement(Segment.Statement statement, List<Node> nodes) {
    TokenStream tokens = new TokenStream(source, statement.tokens(), level);
    int offset = statement.offset();
    String name = tokens.expectAnyName("the name of a statement");
    switch (name) {
      case "if" -> nodes.add(conditional(tokens, offset));
      case "for" -> nodes.add(loop(tokens, offset));
      case "set" -> nodes.add(assignment(tokens, offset));
      case "macro" -> nodes.add(macro(tokens, offset));
      case "filter" -> nodes.add(filtered(tokens, offset));
      case "generation" -> nodes.addAll(generation(tokens, offset));
      case "break", "continue" -> nodes.add(jump(name, tokens, offset));
      default -> throw source.error(offset, name, "unknown or misplaced statement");
    }
  }

  private Node conditional(TokenStream tokens, int offset) {
    Set<String> ends = Set.of("elif", "else", "endif");
    List<Node.Branch> branches = new ArrayList<>();
    List<Node> otherwise = List.of();
    TokenStream head = tokens;
    while (true) {
      Expr condition = new ExpressionParser(head).expression();
      head.expectEnd();
      branches.add(new Node.Branch(condition, nodes(ends, offset, "if")));
      if (!statementName().equals("elif")) {
        break;
      }
      head = endTag();
    }
    if (statementName().equals("else")) {
      endTag().expectEnd();
      otherwise = nodes(Set.of("endif"), offset, "if");
    }
    endTag().expectEnd();
    return new Node.If(List.copyOf(branches), otherwise, offset);
  }

  private Node loop(TokenStream tokens, int offset) {
    ExpressionParser expressions = new ExpressionParser(tokens);
    List<String> targets = names(tokens);
    tokens.expectName("in");
    Expr items = expressions.tuple(false);
    Optional<Expr> filter =
        tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
    tokens.expectEnd();
    loops++;
    List<Node> body = nodes(Set.of("else", "endfor"), offset, "for");
    loops--;
    List<Node> otherwise = List.of();
    if (statementName().equals("else")) {
      endTag().expectEnd();
      otherwise = nodes(Set.of("endfor"), offset, "for");
    }
    endTag().expectEnd();
    return new Node.For(targets, items, filter, body, otherwise, offset);
  }

  private List<String> names(TokenStream tokens) {
    boolean bracket = tokens.skipOperator("(");
    List<String> names = new ArrayList<>();
    do {
      names.add(tokens.expectAnyName("the name of a variable"));
    } while (tokens.skipOperator(","));
    if (bracket) {
      tokens.expectOperator(")");
    }
    return List.copyOf(names);
  }

  private Node assignment(TokenStream tokens, int offset) {
    Node.Target target = target(tokens);
    ExpressionParser expressions = new ExpressionParser(tokens);
    if (tokens.skipOperator("=")) {
      Expr value = expressions.tuple(true);
      tokens.expectEnd();
      return new Node.Assign(target, value, offset);
    }
    List<Node.FilterCall> filters = tokens.skipOperator("|") ? expressions.filters() : List.of();
    tokens.expectEnd();
    List<Node> body = block("set", offset);
    return new Node.Capture(target, filters, body, offset);
  }

  private Node.Target target(TokenStream tokens) {
    List<String> names = names(tokens);
    if (names.size() == 1 && tokens.skipOperator(".")) {
      return new Node.Target.Attribute(
          names.getFirst(), tokens.expectAnyName("the name of an attribute"));
    }
    return new Node.Target.Names(names);
  }

  private Node macro(TokenStream tokens, int offset) {
    String name = tokens.expectAnyName("the name of a macro");
    tokens.expectOperator("(");
    List<Node.Parameter> parameters = new ArrayList<>();
    while (!tokens.skipOperator(")")) {
      parameters.add(parameter(tokens));
      if (!tokens.atOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    tokens.expectEnd();
    int outer = loops;
    loops = 0;
    List<Node> body = block("macro", offset);
    loops = outer;
    return new Node.MacroDefinition(name, List.copyOf(parameters), body, offset);
  }

  private Node.Parameter parameter(TokenStream tokens) {
    String name = tokens.expectAnyName("the name of a parameter");
    Optional<Expr> fallback =
        tokens.skipOperator("=")
            ? Optional.of(new ExpressionParser(tokens).expression())
            : Optional.empty();
    return new Node.Parameter(name, fallback);
  }

  private Node filtered(TokenStream tokens, int offset) {
    List<Node.FilterCall> filters = new ExpressionParser(tokens).filters();
    tokens.expectEnd();
    return new Node.Filtered(filters, block("filter", offset), offset);
  }

  /** Marks for training what the assistant says; for a prompt only its content matters. */
  private List<Node> generation(TokenStream tokens, int offset) {
    tokens.expectEnd();
    return block("generation", offset);
  }

  private Node jump(String name, TokenStream tokens, int offset) {
    tokens.expectEnd();
    if (loops == 0) {
      throw source.error(offset, name, "stands outside a loop");
    }
    return name.equals("break") ? new Node.Break(offset) : new Node.Continue(offset);
  }

  private List<Node> block(String construct, int offset) {
    List<Node> body = nodes(Set.of("end" + construct), offset, construct);
    endTag().expectEnd();
    return body;
  }

  /** Steps over the statement at the position and its name. */
  private TokenStream endTag() {
    Segment.Statement statement = (Segment.Statement) segments.get(position++);
    TokenStream tokens = new TokenStream(source, statement.tokens(), level);
    tokens.next();
    return tokens;
  }
}
