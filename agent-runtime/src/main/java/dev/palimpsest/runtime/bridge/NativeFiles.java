package dev.palimpsest.runtime.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;

/**
 * Unpacks the native libraries of the in-process embedder once, into a folder of ours. Left to
 * themselves the libraries unpack at every start into the machine's folder for temporary files, and
 * leave 17 MB behind whenever the process is killed.
 */
final class NativeFiles {
  private static final String RUNTIME = "/ai/onnxruntime/native/";
  private static final List<String> LIBRARIES = List.of("onnxruntime", "onnxruntime4j_jni");

  private NativeFiles() {}

  /**
   * Unpacks what is missing and tells the libraries where it is. Both read only system properties
   * and the environment, so this holds for the whole process.
   */
  static void prepare(Path folder) {
    Path runtime = folder.resolve("onnxruntime");
    try {
      Files.createDirectories(runtime);
      for (String library : LIBRARIES) {
        String name = System.mapLibraryName(library);
        unpack(RUNTIME + platform() + "/" + name, runtime.resolve(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be written", e);
    }
    System.setProperty("onnxruntime.native.path", runtime.toString());
    System.setProperty("ENGINE_CACHE_DIR", folder.toString());
    // The tokenizer would otherwise look for a GPU, ask the network for another build of itself,
    // and on some clouds report that it was started.
    System.setProperty("RUST_FLAVOR", "cpu");
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
  }

  /** A file of another length is of another version, or was cut off. */
  private static void unpack(String resource, Path target) throws IOException {
    try (InputStream in = NativeFiles.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new ModelException("There is no " + resource + " for this machine.", null);
      }
      byte[] bytes = in.readAllBytes();
      if (Files.exists(target) && Files.size(target) == bytes.length) {
        return;
      }
      Path part = Files.createTempFile(target.getParent(), "unpacking", ".part");
      Path written = Files.write(part, bytes);
      Path ignored = Files.move(written, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String platform() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String os = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
    return os + (processor.equals("aarch64") || processor.equals("arm64") ? "-aarch64" : "-x64");
  }
}
