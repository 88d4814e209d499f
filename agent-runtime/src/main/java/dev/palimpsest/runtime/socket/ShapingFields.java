package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.session.Shaping;
import dev.palimpsest.runtime.guard.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what shapes the choice of tokens; the names are the same in {@code sampling} and in
 * OpenAI's dialect. What is wrong is noted by its name, and something valid is returned.
 */
public final class ShapingFields {
  /** All names that are read. */
  public static final List<String> NAMES =
      List.of(
          "typical_p",
          "sparsemax",
          "repetition_penalty",
          "presence_penalty",
          "frequency_penalty",
          "logit_bias",
          "best_of");

  private static final String BIAS = "logit_bias";

  private ShapingFields() {}

  /** Reads them. */
  public static Shaping read(Fields fields) {
    return new Shaping(
        share(fields, "typical_p", 1),
        fields.choice("sparsemax"),
        share(fields, "repetition_penalty", Shaping.REPETITION_MAX),
        penalty(fields, "presence_penalty"),
        penalty(fields, "frequency_penalty"),
        biases(fields),
        fields.wholeNumber("best_of", 1, Shaping.BEST_OF_MAX));
  }

  private static @Nullable Double share(Fields fields, String name, double max) {
    Double number = fields.number(name);
    if (number != null && !(number > 0 && number <= max)) {
      fields.refuse(name, "is " + number + "; above 0, at most " + max);
      return null;
    }
    return number;
  }

  private static @Nullable Double penalty(Fields fields, String name) {
    Double number = fields.number(name);
    if (number != null && Math.abs(number) > Shaping.PENALTY_MAX) {
      fields.refuse(name, "is " + number + "; -2 to 2");
      return null;
    }
    return number;
  }

  private static List<Shaping.TokenBias> biases(Fields fields) {
    List<Shaping.TokenBias> biases = new ArrayList<>();
    for (Map.Entry<String, JsonNode> member : fields.members(BIAS)) {
      Shaping.TokenBias bias = bias(fields, member.getKey(), member.getValue());
      if (bias != null) {
        biases.add(bias);
      }
    }
    Shaping read =
        fields.checked(BIAS, () -> new Shaping(null, null, null, null, null, biases, null));
    return read == null ? List.of() : read.logitBias();
  }

  private static Shaping.@Nullable TokenBias bias(Fields fields, String token, JsonNode bias) {
    if (!bias.isNumber() || !(Math.abs(bias.doubleValue()) <= Shaping.BIAS_MAX)) {
      fields.refuse(BIAS, "holds numbers from -100 to 100 by token id");
      return null;
    }
    try {
      return new Shaping.TokenBias(Integer.parseUnsignedInt(token), bias.doubleValue());
    } catch (IllegalArgumentException e) {
      fields.refuse(BIAS, "holds numbers from -100 to 100 by token id");
      return null;
    }
  }
}
