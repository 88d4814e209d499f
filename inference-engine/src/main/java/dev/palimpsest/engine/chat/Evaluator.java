package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Evaluates expressions. */
final class Evaluator {
  private final Run run;
  private final Renderer renderer;
  private final Filters filters;

  Evaluator(Run run, Renderer renderer) {
    this.run = run;
    this.renderer = renderer;
    this.filters = new Filters(run);
  }

  Value evaluate(Expr expression, Scope scope) {
    run.at(expression.offset(), "expression");
    run.charge(Limits.NODE_WORK);
    run.enter();
    Value value =
        switch (expression) {
          case Expr.Literal literal -> literal.value();
          case Expr.Name name -> name(name, scope);
          case Expr.ListOf list -> run.items(all(list.elements(), scope));
          case Expr.MapOf map -> mapping(map, scope);
          case Expr.Attribute attribute -> attribute(attribute, scope);
          case Expr.Index index -> index(index, scope);
          case Expr.Slice slice -> slice(slice, scope);
          case Expr.Call call -> call(call, scope);
          case Expr.Filter filter -> filter(filter, scope);
          case Expr.Test test -> test(test, scope);
          case Expr.Not not -> Value.Bool.of(!evaluate(not.operand(), scope).isTrue());
          case Expr.Negative negative -> negative(negative, scope);
          case Expr.And and -> and(and, scope);
          case Expr.Or or -> or(or, scope);
          case Expr.Binary binary -> binary(binary, scope);
          case Expr.Comparison comparison -> comparison(comparison, scope);
          case Expr.Conditional conditional -> conditional(conditional, scope);
        };
    run.leave();
    return value;
  }

  /** Sends a rendered text through filters, first to last. */
  Value filtered(List<Node.FilterCall> calls, String text, Scope scope) {
    Value value = new Value.Text(text);
    for (Node.FilterCall call : calls) {
      Arguments arguments = arguments(call.arguments(), scope);
      run.at(call.offset(), "filter", call.name());
      value = filters.apply(call.name(), value, arguments);
    }
    return value;
  }

  private Value name(Expr.Name name, Scope scope) {
    run.charge(scope.depth());
    return scope.get(name.name());
  }

  private List<Value> all(List<Expr> expressions, Scope scope) {
    List<Value> values = new ArrayList<>(expressions.size());
    for (Expr expression : expressions) {
      values.add(evaluate(expression, scope));
    }
    return values;
  }

  private Value mapping(Expr.MapOf map, Scope scope) {
    Map<Value, Value> entries = new LinkedHashMap<>();
    for (Expr.Entry entry : map.entries()) {
      Value key = evaluate(entry.key(), scope);
      Value value = evaluate(entry.value(), scope);
      run.at(map.offset(), "mapping");
      entries.put(Comparisons.key(key, run), value);
    }
    return run.mapping(entries);
  }

  private Value attribute(Expr.Attribute attribute, Scope scope) {
    Value target = evaluate(attribute.target(), scope);
    run.at(attribute.offset(), "attribute", attribute.name());
    return Members.attribute(target, attribute.name(), run);
  }

  private Value index(Expr.Index index, Scope scope) {
    Value target = evaluate(index.target(), scope);
    Value key = evaluate(index.key(), scope);
    run.at(index.offset(), "subscript");
    return Members.index(target, key, run);
  }

  private Value slice(Expr.Slice slice, Scope scope) {
    Value target = evaluate(slice.target(), scope);
    Optional<Value> from = slice.from().map(bound -> evaluate(bound, scope));
    Optional<Value> to = slice.to().map(bound -> evaluate(bound, scope));
    Optional<Value> step = slice.step().map(bound -> evaluate(bound, scope));
    run.at(slice.offset(), "slice");
    return new Slicing(run).slice(target, from, to, step);
  }

  private Value call(Expr.Call call, Scope scope) {
    Value callee = evaluate(call.callee(), scope);
    Arguments arguments = arguments(call.arguments(), scope);
    run.at(call.offset(), "call");
    return switch (callee) {
      case Value.Macro macro -> macro(macro, arguments, call.offset());
      case Value.Method method -> {
        run.at(call.offset(), "method", method.name());
        yield Members.call(method, arguments, run);
      }
      case Value.Global global -> {
        run.at(call.offset(), Globals.nameOf(global));
        run.charge(Limits.CALL_WORK);
        yield Globals.call(global, arguments, run);
      }
      case Value.Undefined undefined -> throw run.error("'" + undefined.name() + "' is undefined");
      default -> throw run.error(callee.typeName() + " cannot be called");
    };
  }

  private Value macro(Value.Macro macro, Arguments arguments, int offset) {
    Node.MacroDefinition definition = macro.definition();
    run.at(offset, "macro", definition.name());
    run.charge(Limits.CALL_WORK + (long) definition.parameters().size() * Limits.ELEMENT_WORK);
    run.enterMacro();
    List<String> names = definition.parameters().stream().map(Node.Parameter::name).toList();
    Bound bound = arguments.bind(run, names);
    Scope scope = macro.scope().inner();
    for (Node.Parameter parameter : definition.parameters()) {
      scope.set(parameter.name(), parameterValue(parameter, bound, scope));
    }
    String text = renderer.render(definition.body(), scope);
    run.leaveMacro();
    return new Value.Text(text);
  }

  private Value parameterValue(Node.Parameter parameter, Bound bound, Scope scope) {
    if (!bound.has(parameter.name()) && parameter.fallback().isPresent()) {
      return evaluate(parameter.fallback().get(), scope);
    }
    return bound.get(parameter.name());
  }

  private Arguments arguments(Expr.Arguments arguments, Scope scope) {
    List<Value> positional = all(arguments.positional(), scope);
    Map<String, Value> named = new LinkedHashMap<>();
    arguments.named().forEach((name, value) -> named.put(name, evaluate(value, scope)));
    return new Arguments(positional, named);
  }

  private Value filter(Expr.Filter filter, Scope scope) {
    Value target = evaluate(filter.target(), scope);
    Arguments arguments = arguments(filter.arguments(), scope);
    run.at(filter.offset(), "filter", filter.name());
    return filters.apply(filter.name(), target, arguments);
  }

  private Value test(Expr.Test test, Scope scope) {
    Value target = evaluate(test.target(), scope);
    Arguments arguments = arguments(test.arguments(), scope);
    run.at(test.offset(), "test", test.name());
    return Value.Bool.of(Predicates.holds(test.name(), target, arguments, run));
  }

  private Value negative(Expr.Negative negative, Scope scope) {
    Value operand = evaluate(negative.operand(), scope);
    run.at(negative.offset(), "operator '-'");
    return Arithmetic.apply("-", new Value.Int(0), operand, run);
  }

  private Value and(Expr.And and, Scope scope) {
    Value left = evaluate(and.left(), scope);
    return left.isTrue() ? evaluate(and.right(), scope) : left;
  }

  private Value or(Expr.Or or, Scope scope) {
    Value left = evaluate(or.left(), scope);
    return left.isTrue() ? left : evaluate(or.right(), scope);
  }

  private Value binary(Expr.Binary binary, Scope scope) {
    Value left = evaluate(binary.left(), scope);
    Value right = evaluate(binary.right(), scope);
    run.at(binary.offset(), "operator", binary.operator());
    return Arithmetic.apply(binary.operator(), left, right, run);
  }

  private Value comparison(Expr.Comparison comparison, Scope scope) {
    Value left = evaluate(comparison.first(), scope);
    for (Expr.Operand operand : comparison.rest()) {
      Value right = evaluate(operand.right(), scope);
      run.at(comparison.offset(), "operator", operand.operator());
      if (!Comparisons.holds(operand.operator(), left, right, run)) {
        return Value.Bool.FALSE;
      }
      left = right;
    }
    return Value.Bool.TRUE;
  }

  private Value conditional(Expr.Conditional conditional, Scope scope) {
    if (evaluate(conditional.condition(), scope).isTrue()) {
      return evaluate(conditional.then(), scope);
    }
    return conditional
        .otherwise()
        .map(otherwise -> evaluate(otherwise, scope))
        .orElseGet(() -> new Value.Undefined("the value of an 'if' without 'else'"));
  }
}
