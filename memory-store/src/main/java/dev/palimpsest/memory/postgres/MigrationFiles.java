package dev.palimpsest.memory.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;

/**
 * The migrations, by name. They are listed and not searched for, since a search through the class
 * path depends on how the program was packaged.
 */
final class MigrationFiles implements ResourceProvider {
  static final List<String> NAMES =
      List.of(
          "V001__sessions.sql",
          "V002__api_keys.sql",
          "V003__memories.sql",
          "V004__vectors.sql",
          "V005__imports.sql",
          "V006__archives.sql",
          "V007__provenance.sql",
          "V008__tokens.sql",
          "V009__agents.sql",
          "V010__spaces.sql",
          "V011__spans.sql",
          "V012__consolidation.sql",
          "V013__entities.sql",
          "V014__retention.sql",
          "V015__session_tools.sql");

  private static final String FOLDER = "/db/migration/";

  /** The version the newest of them leads to. */
  static String newestVersion() {
    String newest = NAMES.getLast();
    return newest.substring(1, newest.indexOf("__"));
  }

  @Override
  public @Nullable LoadableResource getResource(String name) {
    return NAMES.contains(name) ? new MigrationFile(name) : null;
  }

  @Override
  public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
    return NAMES.stream()
        .filter(name -> name.startsWith(prefix))
        .filter(name -> Arrays.stream(suffixes).anyMatch(name::endsWith))
        .map(name -> (LoadableResource) new MigrationFile(name))
        .toList();
  }

  private static final class MigrationFile extends LoadableResource {
    private final String name;

    MigrationFile(String name) {
      this.name = name;
    }

    @Override
    public Reader read() {
      try (InputStream in = MigrationFiles.class.getResourceAsStream(FOLDER + name)) {
        byte[] bytes = Objects.requireNonNull(in, name).readAllBytes();
        return new StringReader(new String(bytes, StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(name, e);
      }
    }

    @Override
    public String getAbsolutePath() {
      return FOLDER + name;
    }

    @Override
    public String getAbsolutePathOnDisk() {
      return FOLDER + name;
    }

    @Override
    public String getFilename() {
      return name;
    }

    @Override
    public String getRelativePath() {
      return name;
    }
  }
}
