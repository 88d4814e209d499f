package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Runs the checks of the launcher's own test script, one test each. A check says why it failed, or
 * ends with status 77 and says what it lacks.
 */
class LauncherTest {
  private static final int SKIPPED = 77;
  private static final long SECONDS_MAX = 120;

  @Test
  void wrongUseEndsWithTwoAndAUsageLine() throws Exception {
    check("wrong_use_ends_with_two_and_a_usage_line");
  }

  @Test
  void commandsOfLaterVersionsAreRefusedPlainly() throws Exception {
    check("commands_of_later_versions_are_refused_plainly");
  }

  @Test
  void helpListsExactlyTheCommandsThereAre() throws Exception {
    check("help_lists_exactly_the_commands_there_are");
  }

  @Test
  void missingModelIsWrongUse() throws Exception {
    check("missing_model_is_wrong_use");
  }

  @Test
  void composeFileIsAcceptedAndHoldsNoSecret() throws Exception {
    check("compose_file_is_accepted_and_holds_no_secret");
  }

  @Test
  void doctorNamesWhatIsWrongAndMakesNothing() throws Exception {
    check("doctor_names_what_is_wrong_and_makes_nothing");
  }

  @Test
  void leftDemonstrationsAreClearedAway() throws Exception {
    check("left_demonstrations_are_cleared_away");
  }

  @Test
  void runsFromAnyFolderAndThroughLinks() throws Exception {
    check("runs_from_any_folder_and_through_links");
  }

  @Test
  void missingBundledModelIsSaidAndNoHindrance() throws Exception {
    check("missing_bundled_model_is_said_and_no_hindrance");
  }

  @Test
  void folderClosedToPostgresIsNamed() throws Exception {
    check("folder_closed_to_postgres_is_named");
  }

  @Test
  void databaseAddressLackingCredentialsSaysWhich() throws Exception {
    check("database_address_lacking_credentials_says_which");
  }

  @Test
  void databaseAddressesLoseTheirCredentials() throws Exception {
    check("database_addresses_lose_their_credentials");
  }

  @Test
  void mirrorIsFoundInSourcesOfBothStyles() throws Exception {
    check("mirror_is_found_in_sources_of_both_styles");
  }

  @Test
  void reportsAreSummed() throws Exception {
    check("reports_are_summed");
  }

  @Test
  void healthAnswersNameWhatIsMissing() throws Exception {
    check("health_answers_name_what_is_missing");
  }

  @Test
  void packagesUnpackWithoutDpkg() throws Exception {
    check("packages_unpack_without_dpkg");
  }

  @Test
  void nativeKernelsThatCannotBeBuiltAreAState() throws Exception {
    check("native_kernels_that_cannot_be_built_are_a_state");
  }

  @Test
  void nativeKernelsPassTheirOwnTest() throws Exception {
    check("native_kernels_pass_their_own_test");
  }

  @Test
  void aRecordedStartIsReadOnlyWhileItIsTheNewest() throws Exception {
    check("a_recorded_start_is_read_only_while_it_is_the_newest");
  }

  @Test
  void aStartThatCannotBeRecordedLeavesNothing() throws Exception {
    check("a_start_that_cannot_be_recorded_leaves_nothing");
  }

  @Test
  void deadHolderLosesItsLockAndALivingOneKeepsIt() throws Exception {
    check("dead_holder_loses_its_lock_and_a_living_one_keeps_it");
  }

  @Test
  void scriptsArePlainAndNameNoHost() throws Exception {
    check("scripts_are_plain_and_name_no_host");
  }

  @Test
  void everyCheckOfTheScriptIsRunHere() throws IOException {
    Set<String> called =
        names(
            Path.of("src/test/java/dev/palimpsest/cli/LauncherTest.java"),
            "check\\(\"([a-z_]+)\"\\)");
    assertEquals(names(script(), "(?m)^check_([a-z_]+)\\(\\)"), called);
  }

  private static Set<String> names(Path file, String pattern) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(file))
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Path script() {
    Path here = Path.of("").toAbsolutePath();
    return Stream.iterate(here, folder -> folder != null, Path::getParent)
        .map(folder -> folder.resolve("cli/launcher/test.sh"))
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no cli/launcher/test.sh above " + here));
  }

  private static void check(String name) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("sh", script().toString(), name).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String said = read(process.getInputStream());
      assertTrue(
          process.waitFor(SECONDS_MAX, TimeUnit.SECONDS),
          () -> "no end after " + SECONDS_MAX + " s: " + said);
      assumeTrue(process.exitValue() != SKIPPED, said);
      assertEquals(0, process.exitValue(), said);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(InputStream from) throws IOException {
    return new String(from.readAllBytes(), StandardCharsets.UTF_8).strip();
  }
}
