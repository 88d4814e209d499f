package dev.palimpsest.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * The table of {@code docs/configuration.md} is made from {@link RuntimeConfig}: key, variable,
 * default, unit and sentence. With {@code -Dseed=write} the page is written instead of compared.
 */
class ConfigurationPageTest {
  private static final int KEYS_MAX = 40;
  private static final String BEGIN = "<!-- config:begin -->";
  private static final String END = "<!-- config:end -->";
  private static final Pattern DOC = Pattern.compile("(?s)(.*?)\\s*Unit: (.*)\\.");

  @Test
  void thePageSaysWhatTheMappingSays() throws IOException {
    Path page = root().resolve("docs/configuration.md");
    String text = Files.readString(page);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    String expected = "\n" + table(keys()) + "\n";
    if ("write".equals(System.getProperty("seed"))) {
      Path written =
          Files.writeString(page, text.substring(0, begin) + expected + text.substring(end));
      System.out.println("wrote " + written);
      return;
    }
    assertEquals(expected, text.substring(begin, end), "run this test with -Dseed=write");
  }

  @Test
  void thereAreAtMostFortyKeysAndEachIsExplained() throws IOException {
    List<Key> keys = keys();
    assertTrue(keys.size() <= KEYS_MAX, keys.size() + " keys");
    for (Key key : keys) {
      assertTrue(key.sentence().length() > 20 && key.sentence().endsWith("."), key::toString);
      assertTrue(!key.unit().isBlank(), key::toString);
    }
  }

  private record Key(String name, String defaultValue, String unit, String sentence) {
    String row() {
      String variable =
          "PALIMPSEST_" + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
      String shown = defaultValue.isEmpty() ? "–" : "`" + defaultValue + "`";
      return "| `palimpsest."
          + name
          + "` | `"
          + variable
          + "` | "
          + shown
          + " | "
          + unit
          + " | "
          + sentence
          + " |";
    }
  }

  private static String table(List<Key> keys) {
    List<String> rows = new ArrayList<>();
    rows.add("| key | environment | default | unit | meaning |");
    rows.add("| --- | --- | --- | --- | --- |");
    keys.forEach(key -> rows.add(key.row()));
    return String.join("\n", rows);
  }

  private static List<Key> keys() throws IOException {
    Path source =
        root().resolve("agent-runtime/src/main/java/dev/palimpsest/runtime/RuntimeConfig.java");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, d -> {}, List.of(), null, files.getJavaFileObjects(source));
      CompilationUnitTree unit = task.parse().iterator().next();
      Reader reader = new Reader(DocTrees.instance(task));
      Object ignored = reader.scan(unit, "");
      assertEquals(null, ignored);
      return reader.keys();
    }
  }

  /** Collects the leaves; a method whose type is an interface of the mapping leads to its own. */
  private static final class Reader extends TreePathScanner<Void, String> {
    private final DocTrees docs;
    private final List<Group> found = new ArrayList<>();

    private record Group(String type, String method, Key key) {}

    Reader(DocTrees docs) {
      this.docs = docs;
    }

    @Override
    public Void visitClass(ClassTree type, String path) {
      return super.visitClass(type, type.getSimpleName().toString());
    }

    @Override
    public Void visitMethod(MethodTree method, String type) {
      String doc =
          String.valueOf(docs.getDocComment(getCurrentPath()))
              .replaceAll("\\{@code ([^}]*)}", "`$1`")
              .replaceAll("\\s+", " ")
              .strip();
      String name = kebab(method.getName().toString());
      Matcher matcher = DOC.matcher(doc);
      Key key =
          matcher.matches()
              ? new Key(
                  name,
                  defaultValue(method),
                  String.valueOf(matcher.group(2)),
                  String.valueOf(matcher.group(1)))
              : new Key(name, "", String.valueOf(method.getReturnType()), "");
      found.add(new Group(type, name, key));
      return null;
    }

    List<Key> keys() {
      List<Key> keys = new ArrayList<>();
      for (Group top : found) {
        if (top.type().equals("RuntimeConfig")) {
          List<Group> inner =
              found.stream().filter(g -> g.type().equals(top.key().unit())).toList();
          inner.forEach(g -> keys.add(named(top.method() + "." + g.method(), g.key())));
          if (inner.isEmpty()) {
            keys.add(top.key());
          }
        }
      }
      return keys;
    }

    private static Key named(String name, Key key) {
      return new Key(name, key.defaultValue(), key.unit(), key.sentence());
    }

    private static String defaultValue(MethodTree method) {
      for (AnnotationTree annotation : method.getModifiers().getAnnotations()) {
        if (annotation.getAnnotationType().toString().equals("WithDefault")) {
          Tree value = annotation.getArguments().getFirst();
          return value.toString().replaceAll("^value = |\"", "");
        }
      }
      return "";
    }

    private static String kebab(String name) {
      return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(folder.resolve("LICENSE"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("no repository root above the working folder");
      }
    }
    return folder;
  }
}
