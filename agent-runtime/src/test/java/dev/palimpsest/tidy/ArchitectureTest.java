package dev.palimpsest.tidy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The arrows of ARCHITECTURE.md: which module may know which, which package stands above which, who
 * may own off-heap memory.
 */
class ArchitectureTest {
  private static final String ROOT = "dev.palimpsest.";

  /**
   * Packages of each module, top to bottom; a package may use only those below it. A name ending in
   * {@code *} takes its subpackages along.
   */
  private static final List<List<String>> PACKAGE_ORDERS =
      List.of(
          List.of(
              "engine",
              "engine.embed",
              "engine.draft",
              "engine.schedule",
              "engine.snapshot",
              "engine.ground",
              "engine.schema",
              "engine.sample",
              "engine.model",
              "engine.format",
              "engine.kv",
              "engine.backend*",
              "engine.tensor",
              "engine.token",
              "engine.chat"),
          List.of("compress.plan", "compress.kv", "compress", "compress.algebra"),
          List.of(
              "memory.postgres",
              "memory.retention",
              "memory.importing",
              "memory.session",
              "memory"),
          List.of(
              "retrieval.selftest",
              "retrieval.consolidation",
              "retrieval.tree",
              "retrieval.hybrid",
              "retrieval.index",
              "retrieval"),
          List.of(
              "runtime",
              "runtime.api",
              "runtime.socket",
              "runtime.ops",
              "runtime.proof",
              "runtime.importing",
              "runtime.turn",
              "runtime.tool",
              "runtime.recall",
              "runtime.bridge",
              "runtime.guard"));

  /** The only classes that create an {@link Arena}; each of them closes it. */
  private static final List<String> ARENA_OWNERS =
      List.of(
          "engine.model.Model",
          "engine.model.Adapter",
          "engine.kv.KvPool",
          "engine.kv.StatePool",
          "engine.backend.Backend",
          "engine.snapshot.MappedSnapshot");

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(
                location -> !location.contains("-tests.jar") && !location.contains("/test-classes"))
            .importPackages("dev.palimpsest");
    assertFalse(classes.isEmpty());
  }

  @Test
  void theComputeColumnNeverSeesTheMemoryColumn() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(ROOT + "engine..", ROOT + "compress..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                ROOT + "memory..", ROOT + "retrieval..", "java.sql..", "javax.sql.."));
    check(
        noClasses()
            .that()
            .resideInAnyPackage(ROOT + "memory..", ROOT + "retrieval..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ROOT + "engine..", ROOT + "compress..", "java.lang.foreign.."));
  }

  @Test
  void nothingKnowsTheRuntimeButItself() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "runtime..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + "runtime.."));
  }

  @Test
  void librariesKnowNoContainer() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "runtime..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.quarkus..",
                "jakarta.enterprise..",
                "jakarta.inject..",
                "jakarta.ws.rs..",
                "org.eclipse.microprofile..",
                "org.jboss.logging..",
                "org.slf4j..",
                "java.util.logging.."));
  }

  @Test
  void theVectorApiStaysInItsPackage() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "engine.backend.vector..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.incubator.vector.."));
  }

  @Test
  void noPackagesUseEachOtherInACircle() {
    check(slices().matching(ROOT + "(*)..").should().beFreeOfCycles());
    check(
        slices().matching(ROOT + "runtime.(*)..").should().beFreeOfCycles().allowEmptyShould(true));
  }

  @Test
  void offHeapMemoryHasOneOwner() {
    DescribedPredicate<JavaClass> owners =
        DescribedPredicate.describe(
            "an owner of an arena",
            c -> ARENA_OWNERS.contains(outermost(c).substring(ROOT.length())));
    check(
        noClasses()
            .that(DescribedPredicate.not(owners))
            .should()
            .callMethod(Arena.class, "ofShared")
            .orShould()
            .callMethod(Arena.class, "ofConfined")
            .orShould()
            .callMethod(Arena.class, "ofAuto")
            .orShould()
            .callMethod(Arena.class, "global"));
  }

  @Test
  void everyPackageHasItsPlaceInAnOrder() {
    List<String> placed =
        PACKAGE_ORDERS.stream()
            .flatMap(List::stream)
            .map(p -> p.replace("*", ""))
            .sorted()
            .toList();
    List<String> found =
        classes.stream()
            .map(c -> c.getPackageName().substring(ROOT.length()))
            .map(p -> p.startsWith("engine.backend") ? "engine.backend" : p)
            .distinct()
            .sorted()
            .toList();
    assertEquals(placed, found);
  }

  @TestFactory
  List<DynamicTest> packagesUseOnlyThoseBelowThem() {
    return PACKAGE_ORDERS.stream()
        .flatMap(order ->
            order.stream()
                .skip(1)
                .map(lower ->
                    DynamicTest.dynamicTest(lower, () -> check(usesNothingAbove(order, lower)))))
        .toList();
  }

  private static ArchRule usesNothingAbove(List<String> order, String lower) {
    String[] above =
        order.subList(0, order.indexOf(lower)).stream()
            .map(ArchitectureTest::pattern)
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(pattern(lower))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(above);
  }

  private static String pattern(String name) {
    return ROOT + (name.endsWith("*") ? name.substring(0, name.length() - 1) + ".." : name);
  }

  private static String outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type.getName());
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(classes);
  }
}
