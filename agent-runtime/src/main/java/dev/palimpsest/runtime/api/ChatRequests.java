package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.GivenMessage;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Shaping;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.AnswerFormat;
import dev.palimpsest.runtime.bridge.Manner;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.socket.ShapingFields;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads what OpenAI's clients ask of {@code chat/completions}. A field that would change the answer
 * and cannot be honoured is refused by name; one that nobody here knows is passed over, for clients
 * send many.
 */
final class ChatRequests {
  private static final int STOP_CHARACTERS_MAX = 256;
  private static final double TEMPERATURE_MAX = 2;

  /** What our sampling understands by the smallest share of likely tokens. */
  private static final double TOP_P_MIN = 1e-6;

  private static final List<String> TO_COME = List.of("audio", "functions", "function_call");

  private ChatRequests() {}

  /**
   * A request.
   *
   * @param model by name, or null
   * @param instructions all system messages, or null
   * @param given messages before the last
   * @param input the last message
   * @param isStream whether it is answered in chunks
   * @param tellsUsage whether the chunks end with one of the usage
   * @param outputTokensMax null where nothing is said
   * @param format what the answer has to be, or null
   * @param told as in {@link Manner}
   * @param tools that the client performs
   * @param answers what came of calls, where that is what the messages end with; then nothing else
   *     counts
   * @param own what is asked in our own field
   */
  record Chat(
      @Nullable String model,
      @Nullable String instructions,
      List<GivenMessage> given,
      String input,
      boolean isStream,
      boolean tellsUsage,
      @Nullable Integer outputTokensMax,
      SamplingOptions sampling,
      List<String> stop,
      @Nullable AnswerFormat format,
      int told,
      List<Tool> tools,
      List<ChatMessages.ToolMessage> answers,
      Own own) {}

  /**
   * Our own field {@code palimpsest}.
   *
   * @param session whose turn this is, or null for a fresh one
   * @param scope of the fresh one
   * @param choices the texts that the answer is one of, or null
   */
  record Own(
      @Nullable String session,
      Scope scope,
      RecallChoice recall,
      @Nullable Boolean grounded,
      @Nullable AnswerFormat choices) {}

  /** Reads a request. */
  static Chat read(Fields fields) {
    String model = fields.text("model", NewSession.MODEL_CHARACTERS_MAX);
    ChatMessages messages = ChatMessages.read(fields);
    boolean isStream = fields.flag("stream");
    Fields streamOptions = fields.object("stream_options");
    boolean tellsUsage = streamOptions != null && streamOptions.flag("include_usage");
    Integer tokens = fields.wholeNumber("max_completion_tokens", 1, Integer.MAX_VALUE);
    Integer older = fields.wholeNumber("max_tokens", 1, Integer.MAX_VALUE);
    SamplingOptions sampling = sampling(fields);
    List<String> stop = stop(fields);
    AnswerFormat json = json(fields);
    AnswerFormat grammar = grammar(fields);
    int told = told(fields);
    List<Tool> tools = ChatTools.read(fields);
    refuseWhatIsNotBuilt(fields);
    Own own = own(fields);
    refuseTwoFormats(fields, json, grammar, own);
    AnswerFormat format = json != null ? json : grammar != null ? grammar : own.choices();
    fields.check();
    return new Chat(
        model,
        messages.instructions(),
        messages.given(),
        messages.input(),
        isStream,
        tellsUsage,
        tokens == null ? older : tokens,
        sampling,
        stop,
        format,
        told,
        tools,
        messages.answers(),
        own);
  }

  private static SamplingOptions sampling(Fields fields) {
    Double temperature = fields.number("temperature");
    if (temperature != null && (temperature < 0 || temperature > TEMPERATURE_MAX)) {
      fields.refuse("temperature", "is " + temperature + "; 0 to 2");
    }
    Double topP = fields.number("top_p");
    if (topP != null && (topP < 0 || topP > 1)) {
      fields.refuse("top_p", "is " + topP + "; 0 to 1");
    }
    Integer topK = fields.wholeNumber("top_k", -1, Integer.MAX_VALUE);
    Double minP = fields.number("min_p");
    if (minP != null && (minP < 0 || minP > 1)) {
      fields.refuse("min_p", "is " + minP + "; 0 to 1");
    }
    Long seed = fields.wholeNumber("seed");
    Shaping shaping = ShapingFields.read(fields);
    return Stream.of("temperature", "top_p", "min_p").allMatch(fields::isGood)
        ? new SamplingOptions(
            temperature,
            topK == null || topK > 0 ? topK : Integer.valueOf(Integer.MAX_VALUE),
            topP == null ? null : Math.max(topP, TOP_P_MIN),
            minP,
            seed,
            shaping)
        : SamplingOptions.NONE;
  }

  /** Whether tokens are told, and with how many others each. */
  private static int told(Fields fields) {
    boolean isAsked = fields.flag("logprobs");
    Integer top = fields.wholeNumber("top_logprobs", 0, Manner.TOLD_MAX);
    if (top != null && top > 0 && !isAsked) {
      fields.refuse("top_logprobs", "needs 'logprobs' to be true");
    }
    if (!isAsked) {
      return Manner.UNTOLD;
    }
    return top == null ? 0 : top;
  }

  private static List<String> stop(Fields fields) {
    if (!fields.isArray("stop")) {
      String one = fields.text("stop", STOP_CHARACTERS_MAX);
      return one == null || one.isEmpty() ? List.of() : List.of(one);
    }
    List<String> stop = new ArrayList<>();
    for (JsonNode element : fields.elements("stop")) {
      String text = element.textValue();
      if (text == null || text.isEmpty() || text.length() > STOP_CHARACTERS_MAX) {
        fields.refuse("stop", "holds texts of 1 to " + STOP_CHARACTERS_MAX + " characters");
      } else {
        stop.add(text);
      }
    }
    if (stop.size() > TurnEvent.UserSaid.STOPS_MAX) {
      fields.refuse("stop", "has at most " + TurnEvent.UserSaid.STOPS_MAX + " texts");
    }
    return stop;
  }

  /** What says nothing, as many clients send it, is no reason to refuse. */
  private static void refuseWhatIsNotBuilt(Fields fields) {
    for (String name : TO_COME) {
      boolean saysNothing = fields.isFalseOrEmpty(name);
      if (!saysNothing) {
        fields.notBuilt(name, "is not built yet; leave it out");
      }
    }
    Integer n = fields.wholeNumber("n", 1, Integer.MAX_VALUE);
    if (n != null && n > 1) {
      fields.notBuilt("n", "is " + n + "; one answer at a time is given");
    }
  }

  /** An answer is made in one way. */
  private static void refuseTwoFormats(
      Fields fields, @Nullable AnswerFormat json, @Nullable AnswerFormat grammar, Own own) {
    boolean isGrounded = Boolean.TRUE.equals(own.grounded());
    if (json != null && (grammar != null || own.choices() != null || isGrounded)) {
      fields.refuse(
          "response_format",
          "and 'grammar', 'palimpsest.choices' or 'palimpsest.grounded' cannot both be had");
    } else if (grammar != null && (own.choices() != null || isGrounded)) {
      fields.refuse(
          "grammar", "and 'palimpsest.choices' or 'palimpsest.grounded' cannot both be had");
    } else if (own.choices() != null && isGrounded) {
      fields.refuse("palimpsest.choices", "and 'palimpsest.grounded' cannot both be had");
    }
  }

  /** As llama.cpp's server takes it. */
  private static @Nullable AnswerFormat grammar(Fields fields) {
    String grammar = fields.text("grammar", TurnEvent.UserSaid.FORMAT_CHARACTERS_MAX);
    return grammar == null || grammar.isEmpty()
        ? null
        : fields.checked("grammar", () -> new AnswerFormat.Gbnf(grammar));
  }

  private static @Nullable AnswerFormat choices(Fields own) {
    if (!own.isArray("choices")) {
      if (!own.isFalseOrEmpty("choices")) {
        own.refuse("choices", "must be an array of texts");
      }
      return null;
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : own.elements("choices")) {
      if (!element.isTextual()) {
        own.refuse("choices", "holds texts alone");
        return null;
      }
      texts.add(element.textValue());
    }
    return own.checked("choices", () -> new AnswerFormat.OneOf(texts));
  }

  private static @Nullable AnswerFormat json(Fields fields) {
    Fields format = fields.object("response_format");
    String type = format == null ? null : format.text("type", TurnEvent.NAME_CHARACTERS_MAX);
    if (format == null || type == null || type.equals("text")) {
      return null;
    }
    if (type.equals("json_object")) {
      return AnswerFormat.anyObject();
    }
    if (!type.equals("json_schema")) {
      format.refuse("type", "is none of text, json_object, json_schema");
      return null;
    }
    Fields described = format.object("json_schema");
    String schema =
        described == null
            ? null
            : described.rawObject("schema", TurnEvent.UserSaid.FORMAT_CHARACTERS_MAX);
    if (described == null || schema == null) {
      format.refuse("json_schema", "must hold a 'schema'");
      return null;
    }
    return described.checked("schema", () -> new AnswerFormat.Json(schema));
  }

  private static Own own(Fields fields) {
    String user = fields.text("user", Scope.CHARACTERS_MAX);
    Fields own = fields.object("palimpsest");
    if (own == null) {
      return new Own(null, named(Scope.NONE, user), RecallChoice.HYBRID, null, null);
    }
    String session = own.text("session", TurnEvent.NAME_CHARACTERS_MAX);
    Scope scope = SessionRequests.scope(own);
    RecallChoice recall = own.word("recall", RecallChoice.class);
    Boolean grounded = own.has("grounded") ? own.flag("grounded") : null;
    AnswerFormat choices = choices(own);
    own.refuseOthers();
    return new Own(
        session,
        named(scope, user),
        recall == null ? RecallChoice.HYBRID : recall,
        grounded,
        choices);
  }

  /** The dialect's own name of the person, unless our field says otherwise. */
  private static Scope named(Scope scope, @Nullable String user) {
    return scope.user() != null || user == null || user.isEmpty()
        ? scope
        : new Scope(user, scope.agent(), scope.project());
  }
}
