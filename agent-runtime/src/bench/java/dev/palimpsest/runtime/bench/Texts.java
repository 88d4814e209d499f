package dev.palimpsest.runtime.bench;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.importing.ImportFormat;
import dev.palimpsest.memory.importing.ImportItem;
import dev.palimpsest.memory.importing.ImportParser;
import dev.palimpsest.memory.importing.NewImport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What people say: the turns of a file of LoCoMo, else sentences of the documents that lie here.
 *
 * @param from for a person
 * @param all distinct, in order
 */
record Texts(String from, List<String> all) {
  private static final int CHARACTERS_MIN = 20;
  private static final int CHARACTERS_MAX = 2_000;

  Texts {
    all = List.copyOf(all);
    if (all.size() < 100) {
      throw new IllegalArgumentException("there are only " + all.size() + " texts in " + from);
    }
  }

  static Texts read(@Nullable Path file, Path root) throws IOException {
    return file == null ? documents(root) : locomo(file);
  }

  private static Texts locomo(Path file) throws IOException {
    NewImport request = new NewImport(ImportFormat.LOCOMO, "bench", null, Scope.NONE, true, null);
    List<String> found = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      ImportParser parser = ImportParser.open(ImportFormat.LOCOMO, request, in);
      for (ImportItem item = parser.next(); item != null; item = parser.next()) {
        if (item instanceof ImportItem.Found one) {
          found.add(one.memory().content().text());
        }
      }
    }
    return of(String.valueOf(file.getFileName()), found);
  }

  private static Texts documents(Path root) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(root.resolve("docs"))) {
      for (Path file :
          Stream.concat(files.sorted(), Stream.of(root.resolve("README.md"))).toList()) {
        String text = Files.readString(file).replaceAll("(?s)```.*?```", " ");
        found.addAll(List.of(text.replace('\n', ' ').split("(?<=[.;:|]) +")));
      }
    }
    return of("the documents", found);
  }

  private static Texts of(String from, List<String> found) {
    return new Texts(
        from,
        found.stream()
            .map(String::strip)
            .filter(text -> text.length() >= CHARACTERS_MIN)
            .filter(text -> text.length() <= CHARACTERS_MAX)
            .distinct()
            .toList());
  }
}
