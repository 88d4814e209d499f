package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.engine.ground.Source;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryLineTest {
  @Test
  void dateSpeakerAndWordsAreParts() {
    expect("[5 March 2023] Mara: I moved to Oslo.", "5 March 2023", "Mara", "I moved to Oslo.");
    expect("[5 March 2023] Mara van Dyk: So: yes", "5 March 2023", "Mara van Dyk", "So: yes");
    expect("Mara: I moved.", "Mara", "I moved.");
    expect("[5 March 2023] It rained.", "5 March 2023", "It rained.");
    expect("It rained at 10:30 and then: sun.", "It rained at 10:30 and then: sun.");
    expect("[] odd", "[] odd");
    expect("", "");
  }

  private static void expect(String line, String... parts) {
    Source source = MemoryLine.source(line);
    assertEquals(line, source.text());
    assertEquals(
        List.of(parts),
        source.parts().stream().map(part -> line.substring(part.start(), part.end())).toList());
  }
}
