package dev.palimpsest.tidy;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.DoWhileLoopTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IfTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.WhileLoopTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;

/** The house rules that can be read off the syntax tree of one main source file. */
final class JavaRules extends TreePathScanner<Void, Void> {
  static final int FILE_LINES_MAX = 500;
  static final int METHOD_LINES_MAX = 70;
  static final int PARAMETERS_MAX = 6;
  static final int NESTING_MAX = 3;

  /**
   * Clock, randomness and ids come in through constructors; these calls make them out of nothing.
   */
  private static final Set<String> FORBIDDEN_CALLS =
      Set.of(
          "Instant.now",
          "LocalDate.now",
          "LocalDateTime.now",
          "System.currentTimeMillis",
          "Math.random",
          "UUID.randomUUID",
          "Thread.sleep",
          "Clock.systemUTC",
          "InstantSource.system",
          "Arena.ofAuto",
          "ThreadLocal.withInitial",
          "ThreadLocalRandom.current");

  /** Where a program is put together, and may reach for the real clock and real randomness. */
  private static final Set<String> WIRING = Set.of("Wiring.java", "Main.java");

  /**
   * The edges at which everything is caught, so that one bad request, turn or step does not end the
   * service.
   */
  private static final Set<String> BROAD_CATCH_EDGES =
      Set.of(
          "Engine.java",
          "TurnLoop.java",
          "TurnRunner.java",
          "WorkerLoop.java",
          "EmbedderSlot.java",
          "SessionSocket.java",
          "ImportSocket.java",
          "ImportJob.java",
          "ProblemMapper.java");

  private static final Set<String> BROAD =
      Set.of("Exception", "RuntimeException", "Throwable", "Error");
  private static final Pattern BAD_NAME =
      Pattern.compile(".*(Impl|Manager|Helper|Util|Utils)|(Abstract|Base)[A-Z].*");

  private static final Pattern ALTERNATIVES = Pattern.compile("\\s*\\|\\s*");

  private final String file;
  private final CompilationUnitTree unit;
  private final DocTrees trees;
  private final List<Finding> findings = new ArrayList<>();
  private int nesting;

  JavaRules(String file, CompilationUnitTree unit, JavacTask task) {
    this.file = file;
    this.unit = unit;
    this.trees = DocTrees.instance(task);
  }

  List<Finding> findings() {
    scan(unit, null);
    long lines =
        unit.getLineMap().getLineNumber(trees.getSourcePositions().getEndPosition(unit, unit));
    if (lines > FILE_LINES_MAX) {
      add(unit, "a file has at most " + FILE_LINES_MAX + " lines", lines + " lines");
    }
    return findings;
  }

  @Override
  public Void visitClass(ClassTree type, Void unused) {
    String name = type.getSimpleName().toString();
    if (BAD_NAME.matcher(name).matches()) {
      add(type, "a name says what a thing is", name);
    }
    if (isPublicPlace() && isPublic(type.getModifiers().getFlags()) && lacksJavadoc()) {
      add(type, "a public type has Javadoc", name);
    }
    return super.visitClass(type, null);
  }

  @Override
  public Void visitMethod(MethodTree method, Void unused) {
    String name = method.getName().toString();
    checkLength(method, name);
    boolean compact =
        getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.RECORD
            && name.equals("<init>");
    if (!compact && method.getParameters().size() > PARAMETERS_MAX) {
      add(
          method,
          "at most " + PARAMETERS_MAX + " parameters",
          name + " has " + method.getParameters().size());
    }
    if (isPublicPlace() && isPublicMember(method) && lacksJavadoc() && !isOverride(method)) {
      add(method, "a public method has Javadoc", name);
    }
    int outer = nesting;
    nesting = 0;
    super.visitMethod(method, null);
    nesting = outer;
    return null;
  }

  @Override
  public Void visitCatch(CatchTree caught, Void unused) {
    String type = caught.getParameter().getType().toString();
    for (String part : ALTERNATIVES.splitAsStream(type).toList()) {
      if (BROAD.contains(part) && !BROAD_CATCH_EDGES.contains(simpleFile())) {
        add(caught, "broad catches stand at the edges only", "catch (" + type + ")");
      }
    }
    if (caught.getBlock().getStatements().isEmpty()) {
      add(caught, "a catch does something or says why not", "empty catch (" + type + ")");
    }
    return super.visitCatch(caught, null);
  }

  @Override
  public Void visitMemberSelect(MemberSelectTree select, Void unused) {
    String text = select.toString();
    if (FORBIDDEN_CALLS.contains(text) && !WIRING.contains(simpleFile())) {
      add(select, "clock, randomness and ids come through constructors", text);
    }
    return super.visitMemberSelect(select, null);
  }

  @Override
  public Void visitNewClass(NewClassTree created, Void unused) {
    boolean unseeded =
        Set.of("Random", "SecureRandom").contains(created.getIdentifier().toString())
            && created.getArguments().isEmpty();
    if (unseeded && !WIRING.contains(simpleFile())) {
      add(created, "clock, randomness and ids come through constructors", created.toString());
    }
    return super.visitNewClass(created, null);
  }

  @Override
  public Void visitIf(IfTree tree, Void unused) {
    boolean elseIf =
        getCurrentPath().getParentPath().getLeaf() instanceof IfTree parent
            && parent.getElseStatement() == tree;
    return elseIf ? super.visitIf(tree, null) : nested(tree, () -> super.visitIf(tree, null));
  }

  @Override
  public Void visitForLoop(ForLoopTree tree, Void unused) {
    return nested(tree, () -> super.visitForLoop(tree, null));
  }

  @Override
  public Void visitEnhancedForLoop(EnhancedForLoopTree tree, Void unused) {
    return nested(tree, () -> super.visitEnhancedForLoop(tree, null));
  }

  @Override
  public Void visitWhileLoop(WhileLoopTree tree, Void unused) {
    return nested(tree, () -> super.visitWhileLoop(tree, null));
  }

  @Override
  public Void visitDoWhileLoop(DoWhileLoopTree tree, Void unused) {
    return nested(tree, () -> super.visitDoWhileLoop(tree, null));
  }

  @Override
  public Void visitSwitch(SwitchTree tree, Void unused) {
    return nested(tree, () -> super.visitSwitch(tree, null));
  }

  @Override
  public Void visitSwitchExpression(SwitchExpressionTree tree, Void unused) {
    return nested(tree, () -> super.visitSwitchExpression(tree, null));
  }

  @Override
  public Void visitTry(TryTree tree, Void unused) {
    return nested(tree, () -> super.visitTry(tree, null));
  }

  private Void nested(Tree tree, Runnable body) {
    nesting++;
    if (nesting == NESTING_MAX + 1) {
      add(tree, "nesting of at most " + NESTING_MAX, tree.getKind().toString());
    }
    body.run();
    nesting--;
    return null;
  }

  private void checkLength(MethodTree method, String name) {
    BlockTree body = method.getBody();
    if (body == null
        || method.getModifiers().getAnnotations().stream()
            .anyMatch(a -> a.getAnnotationType().toString().equals("LongMethod"))) {
      return;
    }
    long lines =
        line(trees.getSourcePositions().getEndPosition(unit, body))
            - line(trees.getSourcePositions().getStartPosition(unit, body))
            - 1;
    if (lines > METHOD_LINES_MAX) {
      add(
          method,
          "a method body has at most " + METHOD_LINES_MAX + " lines",
          name + " has " + lines);
    }
  }

  /**
   * Whether the members of the current declaration can be reached from other packages: all
   * enclosing types are public.
   */
  private boolean isPublicPlace() {
    for (var path = getCurrentPath().getParentPath(); path != null; path = path.getParentPath()) {
      boolean implicit =
          path.getParentPath() != null
              && path.getParentPath().getLeaf().getKind() == Tree.Kind.INTERFACE;
      if (path.getLeaf() instanceof ClassTree type
          && !implicit
          && !isPublic(type.getModifiers().getFlags())) {
        return false;
      }
    }
    return true;
  }

  private boolean isPublicMember(MethodTree method) {
    Set<Modifier> flags = method.getModifiers().getFlags();
    boolean inInterface =
        getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.INTERFACE
            && !flags.contains(Modifier.PRIVATE);
    return inInterface || flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED);
  }

  private static boolean isPublic(Set<Modifier> flags) {
    return flags.contains(Modifier.PUBLIC);
  }

  private boolean lacksJavadoc() {
    String comment = trees.getDocComment(getCurrentPath());
    return comment == null || comment.isBlank();
  }

  private static boolean isOverride(MethodTree method) {
    return method.getModifiers().getAnnotations().stream()
        .anyMatch(a -> a.getAnnotationType().toString().equals("Override"));
  }

  private String simpleFile() {
    return file.substring(file.lastIndexOf('/') + 1);
  }

  private long line(long position) {
    return unit.getLineMap().getLineNumber(position);
  }

  private void add(Tree tree, String rule, String what) {
    long start = Math.max(0, trees.getSourcePositions().getStartPosition(unit, tree));
    findings.add(new Finding(file, line(start), rule, what));
  }
}
