package dev.palimpsest.tidy;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The checkout this test runs in, read from disk: its Java files as syntax trees, its documents as
 * text.
 */
final class Repository {
  private static final List<String> MODULES =
      List.of(
          "inference-engine",
          "context-compression",
          "memory-store",
          "retrieval",
          "agent-runtime",
          "cli");

  private final Path root;

  Repository() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(folder.resolve("LICENSE"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("no repository root above the working folder");
      }
    }
    root = folder;
  }

  Path root() {
    return root;
  }

  String relative(Path file) {
    return root.relativize(file).toString();
  }

  List<Path> mainSources() {
    return MODULES.stream()
        .flatMap(m -> files(root.resolve(m).resolve("src/main/java"), ".java").stream())
        .toList();
  }

  List<Path> testSources() {
    return MODULES.stream()
        .flatMap(m -> files(root.resolve(m).resolve("src/test/java"), ".java").stream())
        .toList();
  }

  List<Path> documents() {
    List<Path> documents = new ArrayList<>(files(root.resolve("docs"), ".md"));
    try (Stream<Path> top = Files.list(root)) {
      top.filter(f -> f.toString().endsWith(".md")).forEach(documents::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return documents;
  }

  /** Parses the files, without resolving names, and hands each tree to the scanner's factory. */
  List<Finding> scan(List<Path> sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<Finding> findings = new ArrayList<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  d -> {},
                  List.of("--release", "25"),
                  null,
                  files.getJavaFileObjectsFromPaths(sources));
      for (CompilationUnitTree unit : task.parse()) {
        findings.addAll(
            new JavaRules(relative(Path.of(unit.getSourceFile().toUri())), unit, task).findings());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return findings;
  }

  static List<Path> files(Path folder, String suffix) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(f -> f.toString().endsWith(suffix)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
