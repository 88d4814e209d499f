package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.session.AgentSettings;
import dev.palimpsest.memory.session.NewAgent;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.ToolCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of a request: each field as the length of its UTF-8 text in four bytes, then the text; an
 * absent field as the length -1. Two requests have the same sum only if every field is the same.
 */
final class RequestHash {
  private RequestHash() {}

  static byte[] of(NewSession request) {
    MessageDigest digest = sha256();
    add(digest, request.title());
    add(digest, request.model());
    add(digest, request.instructions());
    add(digest, request.scope().user());
    add(digest, request.scope().agent());
    add(digest, request.scope().project());
    add(digest, request.contextBudgetTokens());
    SamplingOptions sampling =
        request.sampling() == null ? SamplingOptions.NONE : request.sampling();
    add(digest, sampling.temperature());
    add(digest, sampling.topK());
    add(digest, sampling.topP());
    add(digest, sampling.minP());
    add(digest, sampling.seed());
    if (request.tools() != null) {
      add(digest, "tools");
      add(digest, new ToolCodec().encode(request.tools()));
    }
    if (request.agent() != null) {
      // Which version it began with is the service's choice and not the request's.
      add(digest, "agent");
      add(digest, request.agent().id());
    }
    return digest.digest();
  }

  static byte[] of(NewAgent request) {
    MessageDigest digest = sha256();
    add(digest, "agent");
    AgentSettings settings = request.settings();
    add(digest, settings.name());
    NewSession like =
        new NewSession(
            null,
            settings.model(),
            settings.instructions(),
            request.scope(),
            null,
            settings.sampling(),
            null,
            settings.tools().isEmpty() ? null : settings.tools(),
            null);
    digest.update(of(like));
    return digest.digest();
  }

  /** Of a session that begins with the past of another. */
  static byte[] ofFork(SessionId parent, @Nullable Long at) {
    MessageDigest digest = sha256();
    add(digest, "fork");
    add(digest, parent.value());
    add(digest, at);
    return digest.digest();
  }

  static void add(MessageDigest digest, @Nullable Object field) {
    if (field == null) {
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(-1).flip());
      return;
    }
    byte[] text = field.toString().getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(text.length).flip());
    digest.update(text);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
