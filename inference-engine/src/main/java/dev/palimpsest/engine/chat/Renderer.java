package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.List;

/** Executes statements and writes the output. */
final class Renderer {
  /** How a list of statements ended. */
  private enum Flow {
    NORMAL,
    BREAK,
    CONTINUE
  }

  private final Run run;
  private final Evaluator evaluator;

  Renderer(Run run) {
    this.run = run;
    this.evaluator = new Evaluator(run, this);
  }

  String render(List<Node> nodes, Scope scope) {
    StringBuilder out = new StringBuilder();
    all(nodes, scope, out);
    return out.toString();
  }

  private Flow all(List<Node> nodes, Scope scope, StringBuilder out) {
    for (Node node : nodes) {
      Flow flow = one(node, scope, out);
      if (flow != Flow.NORMAL) {
        return flow;
      }
    }
    return Flow.NORMAL;
  }

  private Flow one(Node node, Scope scope, StringBuilder out) {
    run.at(node.offset(), "template");
    run.charge(Limits.NODE_WORK);
    run.enter();
    Flow flow =
        switch (node) {
          case Node.Plain plain -> write(plain.text(), out);
          case Node.Output output -> output(output, scope, out);
          case Node.If conditional -> conditional(conditional, scope, out);
          case Node.For loop -> loop(loop, scope, out);
          case Node.Assign assign -> assign(assign, scope);
          case Node.Capture capture -> capture(capture, scope);
          case Node.Filtered filtered -> filtered(filtered, scope, out);
          case Node.MacroDefinition macro -> define(macro, scope);
          case Node.Break jump -> Flow.BREAK;
          case Node.Continue jump -> Flow.CONTINUE;
        };
    run.leave();
    return flow;
  }

  private Flow write(String text, StringBuilder out) {
    run.append(out, text);
    return Flow.NORMAL;
  }

  private Flow output(Node.Output output, Scope scope, StringBuilder out) {
    Value value = evaluator.evaluate(output.value(), scope);
    run.at(output.offset(), "output");
    return write(Display.of(value, run), out);
  }

  private Flow conditional(Node.If conditional, Scope scope, StringBuilder out) {
    for (Node.Branch branch : conditional.branches()) {
      if (evaluator.evaluate(branch.condition(), scope).isTrue()) {
        return all(branch.body(), scope, out);
      }
    }
    return all(conditional.otherwise(), scope, out);
  }

  private Flow loop(Node.For loop, Scope scope, StringBuilder out) {
    Value source = evaluator.evaluate(loop.source(), scope);
    run.at(loop.offset(), "for");
    List<Value> elements = Elements.of(source, run);
    if (loop.filter().isPresent()) {
      elements = filter(loop, loop.filter().get(), elements, scope);
    }
    if (elements.isEmpty()) {
      return all(loop.otherwise(), scope, out);
    }
    for (int index = 0; index < elements.size(); index++) {
      run.at(loop.offset(), "for");
      run.iteration();
      Scope turn = scope.inner();
      turn.set("loop", new Value.Loop(elements, index));
      bind(loop.targets(), elements.get(index), turn);
      if (all(loop.body(), turn, out) == Flow.BREAK) {
        break;
      }
    }
    return Flow.NORMAL;
  }

  /** The condition of a loop sees the loop's variables; what it drops is not counted. */
  private List<Value> filter(Node.For loop, Expr condition, List<Value> elements, Scope scope) {
    List<Value> kept = new ArrayList<>();
    for (Value element : elements) {
      run.at(loop.offset(), "for");
      run.iteration();
      Scope turn = scope.inner();
      bind(loop.targets(), element, turn);
      if (evaluator.evaluate(condition, turn).isTrue()) {
        kept.add(element);
      }
    }
    return kept;
  }

  private void bind(List<String> names, Value value, Scope scope) {
    if (names.size() == 1) {
      scope.set(names.getFirst(), value);
      return;
    }
    List<Value> parts = Elements.of(value, run);
    if (parts.size() != names.size()) {
      throw run.error("cannot unpack " + parts.size() + " values into " + names.size() + " names");
    }
    for (int i = 0; i < names.size(); i++) {
      scope.set(names.get(i), parts.get(i));
    }
  }

  private Flow assign(Node.Assign assign, Scope scope) {
    Value value = evaluator.evaluate(assign.value(), scope);
    return store(assign.target(), value, assign.offset(), scope);
  }

  private Flow store(Node.Target target, Value value, int offset, Scope scope) {
    run.at(offset, "set");
    switch (target) {
      case Node.Target.Names names -> bind(names.names(), value, scope);
      case Node.Target.Attribute attribute -> {
        if (!(scope.get(attribute.namespace()) instanceof Value.Namespace namespace)) {
          throw run.error("'" + attribute.namespace() + "' is not a namespace");
        }
        namespace.set(attribute.name(), value);
      }
    }
    return Flow.NORMAL;
  }

  private Flow capture(Node.Capture capture, Scope scope) {
    StringBuilder body = new StringBuilder();
    Flow flow = all(capture.body(), scope.inner(), body);
    if (flow != Flow.NORMAL) {
      return flow;
    }
    Value value = evaluator.filtered(capture.filters(), body.toString(), scope);
    return store(capture.target(), value, capture.offset(), scope);
  }

  private Flow filtered(Node.Filtered filtered, Scope scope, StringBuilder out) {
    StringBuilder body = new StringBuilder();
    Flow flow = all(filtered.body(), scope.inner(), body);
    Value value = evaluator.filtered(filtered.filters(), body.toString(), scope);
    write(Display.of(value, run), out);
    return flow;
  }

  private Flow define(Node.MacroDefinition macro, Scope scope) {
    scope.set(macro.name(), new Value.Macro(macro, scope));
    return Flow.NORMAL;
  }
}
