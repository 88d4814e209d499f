package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What holds of keys and values of full precision holds of those that are kept in fewer bits. */
@Timeout(120)
class CacheTypeTest {
  private static final List<DType> NARROW = List.of(DType.F16, DType.BF16, DType.Q8_0);
  private static final EngineConfig SIZES = Rig.config(64, 4, 16, 24, 1_000);

  @TempDir Path folder;

  @Test
  void aTokenIsTheSameAloneInABatchAndBehindACachedBeginning() {
    for (String backend : List.of("scalar", "vector")) {
      for (DType type : NARROW) {
        try (Rig rig = new Rig(folder, "llama", 5, backend, 1);
            Engine engine = rig.engine(SIZES.withCacheType(type))) {
          List<GenerationRequest> requests = requests();
          List<TokenIds> alone = new ArrayList<>();
          requests.forEach(request -> alone.add(alone(rig, type, request)));
          assertEquals(alone, together(engine, requests), backend + " " + type);
          assertEquals(alone, together(engine, requests), "cached, " + backend + " " + type);
        }
      }
    }
  }

  private static List<GenerationRequest> requests() {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 1; i <= 7; i++) {
      requests.add(Rig.request("abcdefghijklmnopqrstuvw".repeat(3).substring(0, 9 * i), 12));
    }
    return requests;
  }

  private static TokenIds alone(Rig rig, DType type, GenerationRequest request) {
    try (Engine engine = rig.engine(SIZES.withCacheType(type))) {
      return together(engine, List.of(request)).getFirst();
    }
  }

  private static List<TokenIds> together(Engine engine, List<GenerationRequest> requests) {
    List<Answers> answers = new ArrayList<>();
    requests.forEach(request -> answers.add(Answers.accepted(engine, request)));
    Rig.drain(engine);
    List<TokenIds> outputs = new ArrayList<>();
    answers.forEach(each -> outputs.add(each.readAll().output()));
    return outputs;
  }

  @Test
  void pagesOfAnyTypeComeBackFromTheDisk() {
    for (DType type : NARROW) {
      try (Rig rig = Rig.llama(folder)) {
        var disk = new SnapshotRig(folder.resolve("kv of " + type));
        GenerationRequest request = Rig.request("abcdefghij".repeat(9), 8);
        TokenIds expected = alone(rig, type, request);
        keep(rig, disk, type, request);
        disk.reopen(1 << 24);
        try (Engine engine = engine(rig, disk, type)) {
          assertEquals(List.of(expected), together(engine, List.of(request)));
          assertEquals(64, engine.stats().loadedTokens(), type.name());
        }
      }
    }
  }

  /** Pages of both types have the same size. */
  @Test
  void pagesOfAnotherTypeAreRefusedAndComputed() {
    try (Rig rig = Rig.llama(folder)) {
      var disk = new SnapshotRig(folder.resolve("kv"));
      GenerationRequest request = Rig.request("abcdefghij".repeat(9), 8);
      keep(rig, disk, DType.F16, request);
      disk.reopen(1 << 24);
      try (Engine engine = engine(rig, disk, DType.BF16)) {
        TokenIds expected = alone(rig, DType.BF16, request);
        assertEquals(List.of(expected), together(engine, List.of(request)));
        assertEquals(0, engine.stats().loadedTokens());
        SnapshotNews last = disk.news().getLast();
        var refused = assertInstanceOf(SnapshotNews.Refused.class, last);
        assertEquals("its pages are laid out in another way", refused.reason());
      }
    }
  }

  private static Engine engine(Rig rig, SnapshotRig disk, DType type) {
    EngineConfig config = SIZES.withCacheType(type);
    return new Engine(config, rig.model(), rig.backend(), disk::nanos, disk.parts(), List.of());
  }

  private static void keep(Rig rig, SnapshotRig disk, DType type, GenerationRequest request) {
    try (Engine engine = engine(rig, disk, type)) {
      TokenIds output = together(engine, List.of(request)).getFirst();
      engine.keep(request.cacheSalt(), "session", request.prompt().concat(output));
      Rig.drain(engine);
    }
  }

  @Test
  void fewerBitsMakeMorePages() {
    try (Rig rig = Rig.llama(folder);
        Engine full = rig.engine(SIZES);
        Engine half = rig.engine(SIZES.withCacheType(DType.F16));
        Engine quarter = rig.engine(SIZES.withCacheType(DType.Q8_0))) {
      assertEquals(64, full.stats().pages());
      assertEquals(128, half.stats().pages());
      // Six elements share a scale of two bytes.
      assertEquals(64 * 6 * 4 / (6 + 2), quarter.stats().pages());
    }
    assertThrows(IllegalArgumentException.class, () -> SIZES.withCacheType(DType.Q4_0));
  }
}
