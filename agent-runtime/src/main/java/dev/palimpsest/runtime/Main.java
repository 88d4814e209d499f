package dev.palimpsest.runtime;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.PropertiesConfigSourceLoader;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts the service. The configuration is read here once before anything else, so that its
 * mistakes come out as one list and not as the first failure of whoever meets one of them.
 */
@QuarkusMain
public final class Main {
  /** The exit code for "could not run". */
  static final int COULD_NOT_RUN = 3;

  private static final String PROPERTIES = "application.properties";
  private static final int ORDINAL_CLASS_PATH = 250;
  private static final int ORDINAL_FILE = 260;

  private Main() {}

  /** Runs until the process is asked to stop. */
  public static void main(String... arguments) {
    List<String> problems = problems();
    if (problems.isEmpty()) {
      Quarkus.run(arguments);
    } else {
      System.err.println("palimpsest: " + new SettingsException(problems).getMessage());
      System.exit(COULD_NOT_RUN);
    }
  }

  /** Everything that is wrong: keys that nobody knows, and values that cannot be used. */
  private static List<String> problems() {
    List<String> problems = new ArrayList<>();
    try {
      SmallRyeConfig _ = sources().withValidateUnknown(true).build();
    } catch (ConfigValidationException e) {
      for (int i = 0; i < e.getProblemCount(); i++) {
        problems.add(e.getProblem(i).getMessage());
      }
    }
    try {
      SmallRyeConfig config = sources().withValidateUnknown(false).build();
      Settings _ = Wiring.settings(config.getConfigMapping(RuntimeConfig.class));
    } catch (SettingsException e) {
      problems.addAll(e.problems());
    }
    return problems;
  }

  /** What the service itself will read, without starting it. */
  private static SmallRyeConfigBuilder sources() {
    ClassLoader loader = Main.class.getClassLoader();
    String file = Path.of("config", PROPERTIES).toUri().toString();
    return new SmallRyeConfigBuilder()
        .addDefaultSources()
        .addDefaultInterceptors()
        .withSources(
            PropertiesConfigSourceLoader.inClassPath(PROPERTIES, ORDINAL_CLASS_PATH, loader))
        .withSources(PropertiesConfigSourceLoader.inFileSystem(file, ORDINAL_FILE, loader))
        .withMapping(RuntimeConfig.class);
  }
}
