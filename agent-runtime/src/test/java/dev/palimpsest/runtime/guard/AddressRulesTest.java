package dev.palimpsest.runtime.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressRulesTest {
  private final AddressRules plain = new AddressRules(List.of(), List.of(), 8077);
  private final AddressRules open =
      new AddressRules(List.of("Agent.Example"), List.of("https://console.example"), 8077);

  @ParameterizedTest
  @CsvSource({
    "localhost, true",
    "LOCALHOST:8077, true",
    "127.0.0.1:1, true",
    "[::1]:8077, true",
    "[::1], true",
    "127.0.0.2, false",
    "0.0.0.0:8077, false",
    "localhost.evil.example, false",
    "evil.example:8077, false",
    "localhost:, false",
    "localhost:99999999, false",
    "localhost:80x, false",
    "user@localhost, false",
    "::1, false",
    "'', false"
  })
  void hostsAreAnsweredByNameOnAnyPort(String host, boolean admitted) {
    assertEquals(admitted, plain.admitsHost(host));
  }

  @Test
  void aMissingHostIsNotAnswered() {
    assertFalse(plain.admitsHost(null));
  }

  @Test
  void aListedHostIsAnsweredWhateverItsCase() {
    assertFalse(plain.admitsHost("agent.example"));
    assertTrue(open.admitsHost("AGENT.example:443"));
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:8077, localhost:8077, true",
    "http://127.0.0.1:8077, localhost:8077, true",
    "http://[::1]:8077, [::1]:8077, true",
    "http://localhost:9000, localhost:9000, true",
    "http://localhost:3000, localhost:8077, false",
    "https://localhost:3000, 127.0.0.1:8077, false",
    "http://localhost, localhost:8077, false",
    "http://localhost, localhost, true",
    "https://localhost, localhost, true",
    "http://evil.example, localhost:8077, false",
    "http://evil.example:8077, localhost:8077, false",
    "http://localhost.evil.example:8077, localhost:8077, false",
    "null, localhost:8077, false",
    "file://, localhost:8077, false",
    "ftp://localhost:8077, localhost:8077, false",
    "http://user@localhost:8077, localhost:8077, false",
    "http://localhost:8077/path, localhost:8077, false",
    "not an origin, localhost:8077, false",
    "'', localhost:8077, false"
  })
  void onlyPagesOfThisServiceMayAsk(String origin, String host, boolean admitted) {
    assertEquals(admitted, plain.admitsOrigin(origin, host));
  }

  @Test
  void listedOriginsAreAdmittedWordByWord() {
    assertTrue(open.admitsOrigin("https://Console.example", "agent.example"));
    assertFalse(open.admitsOrigin("https://console.example:444", "agent.example"));
    assertFalse(open.admitsOrigin("http://console.example", "agent.example"));
    assertTrue(open.admitsOrigin("https://agent.example", "agent.example"));
  }
}
