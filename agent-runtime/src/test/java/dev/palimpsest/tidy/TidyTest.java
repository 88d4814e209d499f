package dev.palimpsest.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The house rules of ARCHITECTURE.md that a machine can check, over the sources and documents of
 * all modules.
 */
class TidyTest {
  private static final int PACKAGE_PARAGRAPH_CHARACTERS_MIN = 120;
  private static final Pattern UNNUMBERED_TODO = Pattern.compile("\\b(TODO(?! #\\d)|FIXME|XXX)\\b");
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)#\\s]+)(#[^)]*)?\\)");
  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```");

  private final Repository repository = new Repository();

  @Test
  void mainSourcesKeepTheHouseRules() {
    List<Path> sources = repository.mainSources();
    assertFalse(sources.isEmpty());
    assertNone(repository.scan(sources));
  }

  @Test
  void everyPackageSaysWhatItIsAndIsNullMarked() {
    List<Finding> findings = new ArrayList<>();
    var folders =
        repository.mainSources().stream()
            .map(Path::getParent)
            .collect(Collectors.toCollection(TreeSet::new));
    for (Path folder : folders) {
      Path info = folder.resolve("package-info.java");
      String text = Files.exists(info) ? Repository.read(info) : "";
      if (!text.contains("@NullMarked") || text.indexOf("*/") < PACKAGE_PARAGRAPH_CHARACTERS_MIN) {
        findings.add(
            new Finding(
                repository.relative(info),
                1,
                "a package-info of one honest paragraph, @NullMarked",
                "missing or too short"));
      }
    }
    assertNone(findings);
  }

  @Test
  void noWorkIsLeftWithoutANumber() {
    List<Finding> findings = new ArrayList<>();
    Stream.concat(repository.mainSources().stream(), repository.testSources().stream())
        .filter(file -> !file.endsWith("TidyTest.java"))
        .forEach(file ->
            findings.addAll(
                matches(
                    file,
                    Repository.read(file),
                    UNNUMBERED_TODO,
                    "work left has an issue number")));
    assertNone(findings);
  }

  @Test
  void testFilesAreShortEnoughToRead() {
    List<Finding> findings = new ArrayList<>();
    for (Path file : repository.testSources()) {
      long lines = Repository.read(file).lines().count();
      if (lines > JavaRules.FILE_LINES_MAX) {
        findings.add(
            new Finding(
                repository.relative(file),
                1,
                "a file has at most " + JavaRules.FILE_LINES_MAX + " lines",
                lines + " lines"));
      }
    }
    assertNone(findings);
  }

  @Test
  void documentsHaveOneTitleAndNoDeadLinks() {
    List<Finding> findings = new ArrayList<>();
    for (Path document : repository.documents()) {
      String text = FENCE.matcher(Repository.read(document)).replaceAll("");
      long titles = text.lines().filter(line -> line.startsWith("# ")).count();
      if (titles != 1) {
        findings.add(
            new Finding(
                repository.relative(document), 1, "a document has one title", titles + " titles"));
      }
      Matcher link = LINK.matcher(text);
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
          findings.add(
              new Finding(repository.relative(document), 1, "links lead somewhere", target));
        }
      }
    }
    assertNone(findings);
  }

  @Test
  void theRulesFindWhatTheyAreFor() throws Exception {
    Path bad =
        Files.createTempDirectory(repository.root().resolve("agent-runtime/target"), "tidy")
            .resolve("FooManager.java");
    Files.writeString(bad, BAD_SOURCE);
    List<String> rules =
        repository.scan(List.of(bad)).stream().map(Finding::rule).sorted().distinct().toList();
    Files.delete(bad);
    assertEquals(
        List.of(
            "a catch does something or says why not",
            "a method body has at most 70 lines",
            "a name says what a thing is",
            "a public method has Javadoc",
            "a public type has Javadoc",
            "at most 6 parameters",
            "broad catches stand at the edges only",
            "clock, randomness and ids come through constructors",
            "nesting of at most 3"),
        rules);
  }

  private static final String BAD_SOURCE =
      """
      public class FooManager {
        public void run(int a, int b, int c, int d, int e, int f, int g) {
          try { if (a > 0) { while (b > 0) { for (;;) { b--; } } } } catch (Exception x) {}
          long now = System.currentTimeMillis();
      """
          + "\n".repeat(70)
          + "}}";

  private List<Finding> matches(Path file, String text, Pattern pattern, String rule) {
    List<Finding> findings = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      long line = text.substring(0, matcher.start()).lines().count();
      findings.add(new Finding(repository.relative(file), line, rule, matcher.group()));
    }
    return findings;
  }

  private static void assertNone(List<Finding> findings) {
    assertTrue(
        findings.isEmpty(),
        () ->
            findings.size()
                + " findings:\n"
                + findings.stream().map(Finding::toString).collect(Collectors.joining("\n")));
  }
}
