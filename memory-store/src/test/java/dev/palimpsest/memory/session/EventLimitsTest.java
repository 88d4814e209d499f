package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.TurnEvent.Answered;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every text has a limit, which it may reach, and refuses what cannot be stored. */
final class EventLimitsTest {
  private static final Usage USAGE = new Usage(0, 0, 0, 0, 0, 0, 0);

  @Test
  void everyTextReachesItsLimitAndNotMore() {
    limited("text", TurnEvent.TEXT_CHARACTERS_MAX, text -> said(text, null));
    limited("client_turn_id", TurnEvent.NAME_CHARACTERS_MAX, text -> said("x", text));
    limited(
        "output", TurnEvent.TEXT_CHARACTERS_MAX, text -> new Answered(text, Finish.STOP, USAGE));
    limited(
        "detail",
        TurnFailed.DETAIL_CHARACTERS_MAX,
        text -> new TurnFailed(FailureType.LIMIT, text));
    limited(
        "query",
        TurnEvent.Recalled.QUERY_CHARACTERS_MAX,
        text -> new TurnEvent.Recalled(text, List.of(), 0, false, 0, null));
    limited(
        "trouble",
        TurnFailed.DETAIL_CHARACTERS_MAX,
        text -> new TurnEvent.Recalled("", List.of(), 0, false, 0, text));
    limited("title", NewSession.TITLE_CHARACTERS_MAX, text -> session(text, null, null, null));
    limited("model", NewSession.MODEL_CHARACTERS_MAX, text -> session(null, text, null, null));
    limited(
        "instructions",
        NewSession.INSTRUCTIONS_CHARACTERS_MAX,
        text -> session(null, null, text, null));
    limited(
        "idempotency_key", NewSession.KEY_CHARACTERS_MAX, text -> session(null, null, null, text));
    limited("scope.user", Scope.CHARACTERS_MAX, text -> new Scope(text, null, null));
    limited("scope.agent", Scope.CHARACTERS_MAX, text -> new Scope(null, text, null));
    limited("scope.project", Scope.CHARACTERS_MAX, text -> new Scope(null, null, text));
    limited(
        "title",
        NewSession.TITLE_CHARACTERS_MAX,
        text -> new SessionPatch(new Edit.Put<>(text), new Edit.Keep<>(), new Edit.Keep<>()));
  }

  @Test
  void samplingOutsideItsRangesIsRefusedByName() {
    refused("temperature", () -> sampling(-0.1, null, null, null));
    refused("temperature", () -> sampling(Double.NaN, null, null, null));
    refused("temperature", () -> sampling(Double.POSITIVE_INFINITY, null, null, null));
    refused("top_k", () -> sampling(null, 0, null, null));
    refused("top_p", () -> sampling(null, null, 0.0, null));
    refused("top_p", () -> sampling(null, null, 1.1, null));
    refused("min_p", () -> sampling(null, null, null, Double.NaN));
    assertDoesNotThrow(() -> sampling(0.0, 1, 1.0, 0.0));
    assertDoesNotThrow(() -> sampling(SamplingOptions.TEMPERATURE_MAX, 1, 1.0, 1.0));
  }

  @Test
  void shapingOutsideItsRangesIsRefusedByName() {
    refused("typical_p", () -> shaping(0.0, null, null, null));
    refused("typical_p", () -> shaping(1.1, null, null, null));
    refused("repetition_penalty", () -> shaping(null, 0.0, null, null));
    refused("repetition_penalty", () -> shaping(null, 10.5, null, null));
    refused("presence_penalty", () -> shaping(null, null, -2.1, null));
    refused("frequency_penalty", () -> shaping(null, null, null, Double.NaN));
    refused("logit_bias", () -> new Shaping.TokenBias(-1, 0));
    refused("logit_bias", () -> new Shaping.TokenBias(1, 100.5));
    refused("best_of", () -> new Shaping(null, null, null, null, null, List.of(), 0));
    refused("best_of", () -> new Shaping(null, null, null, null, null, List.of(), 17));
    Shaping.TokenBias one = new Shaping.TokenBias(1, 1);
    refused("logit_bias", () -> new Shaping(null, null, null, null, null, List.of(one, one), null));
    assertDoesNotThrow(() -> shaping(1.0, 10.0, 2.0, -2.0));
    Shaping some = new Shaping(0.5, true, null, null, 1.0, List.of(one), 3);
    assertEquals(some, Shaping.NONE.orElse(some));
    assertEquals(some, some.orElse(new Shaping(0.1, false, null, null, 2.0, List.of(), 5)));
  }

  private static Shaping shaping(
      @Nullable Double typicalP,
      @Nullable Double repetition,
      @Nullable Double presence,
      @Nullable Double frequency) {
    return new Shaping(typicalP, null, repetition, presence, frequency, List.of(), null);
  }

  @Test
  void idsOfAnotherShapeAreRefused() {
    for (String bad : new String[] {"", "ses_", "trn_1", "ses_a b", "ses_é", "ses_1\n"}) {
      assertThrows(IllegalArgumentException.class, () -> new SessionId(bad), bad);
    }
    assertDoesNotThrow(() -> new SessionId("ses_" + "1".repeat(60)));
    assertThrows(IllegalArgumentException.class, () -> new SessionId("ses_" + "1".repeat(61)));
    assertThrows(IllegalArgumentException.class, () -> new TurnId("ses_1"));
    assertThrows(IllegalArgumentException.class, () -> new NodeId("a/b"));
  }

  private static void limited(String field, int charactersMax, Consumer<String> make) {
    assertDoesNotThrow(() -> make.accept("x".repeat(charactersMax)));
    refused(field + " is " + (charactersMax + 1), () -> make.accept("x".repeat(charactersMax + 1)));
    refused(field + " holds a NUL", () -> make.accept("a\0b"));
    refused(field + " holds half of a surrogate pair", () -> make.accept("a\uD83Eb"));
    refused(field + " holds half of a surrogate pair", () -> make.accept("\uDDEA"));
    assertDoesNotThrow(() -> make.accept("\uD83E\uDDEA\uFFFD"));
  }

  private static void refused(String message, Runnable make) {
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, make::run);
    assertTrue(String.valueOf(refusal.getMessage()).startsWith(message), refusal.getMessage());
  }

  private static UserSaid said(String text, @Nullable String clientTurnId) {
    return new UserSaid(text, clientTurnId, 0, SamplingOptions.NONE, 1);
  }

  private static NewSession session(
      @Nullable String title,
      @Nullable String model,
      @Nullable String instructions,
      @Nullable String key) {
    return new NewSession(title, model, instructions, Scope.NONE, null, null, key);
  }

  private static SamplingOptions sampling(
      @Nullable Double temperature,
      @Nullable Integer topK,
      @Nullable Double topP,
      @Nullable Double minP) {
    return new SamplingOptions(temperature, topK, topP, minP, null);
  }
}
