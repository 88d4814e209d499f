package dev.palimpsest.retrieval.locomo;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The model of the service, read with its tokens as the service reads it. */
final class TokenModel {
  private static final int DIMENSIONS = 384;
  private static final int WINDOW_TOKENS = 512;

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final HuggingFaceTokenizer tokenizer;

  TokenModel() throws IOException, OrtException {
    try (InputStream model = resource("/bge-small-en-v1.5-q.onnx");
        InputStream words = resource("/bge-small-en-v1.5-q-tokenizer.json")) {
      session = environment.createSession(model.readAllBytes());
      tokenizer =
          HuggingFaceTokenizer.newInstance(
              words, Map.of("padding", "false", "truncation", "false"));
    }
  }

  Reading read(String text) throws OrtException {
    Encoding encoding = tokenizer.encode(text, true, false);
    long[] ids =
        Arrays.copyOf(encoding.getIds(), Math.min(WINDOW_TOKENS, encoding.getIds().length));
    ids[ids.length - 1] = encoding.getIds()[encoding.getIds().length - 1];
    long[] ones = new long[ids.length];
    Arrays.fill(ones, 1);
    try (OnnxTensor tokens = tensor(ids);
        OnnxTensor mask = tensor(ones);
        OnnxTensor types = tensor(new long[ids.length]);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", tokens, "attention_mask", mask, "token_type_ids", types))) {
      return reading(text, encoding, ((OnnxTensor) result.get(0)).getFloatBuffer(), ids.length);
    }
  }

  private static Reading reading(String text, Encoding encoding, FloatBuffer states, int count) {
    CharSpan[] spans = encoding.getCharTokenSpans();
    List<Reading.Token> tokens = new ArrayList<>();
    for (int i = 1; i < count - 1; i++) {
      int from = text.offsetByCodePoints(0, spans[i].getStart());
      int to = text.offsetByCodePoints(0, spans[i].getEnd());
      tokens.add(new Reading.Token(from, to, state(states, i)));
    }
    return new Reading(state(states, 0), tokens);
  }

  private OnnxTensor tensor(long[] values) throws OrtException {
    return OnnxTensor.createTensor(
        environment, LongBuffer.wrap(values), new long[] {1, values.length});
  }

  private static Embedding state(FloatBuffer states, int token) {
    float[] values = new float[DIMENSIONS];
    states.get(token * DIMENSIONS, values);
    return Embedding.normalised(values);
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(TokenModel.class.getResourceAsStream(name), name);
  }
}
