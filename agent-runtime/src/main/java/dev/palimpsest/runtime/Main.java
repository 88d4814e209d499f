package dev.palimpsest.runtime;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.smallrye.config.PropertiesConfigSourceLoader;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;

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
    try {
      Settings _ = Wiring.settings(config());
      Quarkus.run(arguments);
    } catch (SettingsException e) {
      System.err.println("palimpsest: " + e.getMessage());
      System.exit(COULD_NOT_RUN);
    }
  }

  /** The sources that the service itself will read, without starting it. */
  private static RuntimeConfig config() {
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .addDefaultSources()
            .addDefaultInterceptors()
            .withSources(
                PropertiesConfigSourceLoader.inClassPath(
                    PROPERTIES, ORDINAL_CLASS_PATH, Main.class.getClassLoader()))
            .withSources(
                PropertiesConfigSourceLoader.inFileSystem(
                    Path.of("config", PROPERTIES).toUri().toString(),
                    ORDINAL_FILE,
                    Main.class.getClassLoader()))
            .withMapping(RuntimeConfig.class)
            .build();
    return config.getConfigMapping(RuntimeConfig.class);
  }
}
