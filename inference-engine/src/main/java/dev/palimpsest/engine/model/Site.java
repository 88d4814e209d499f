package dev.palimpsest.engine.model;

import java.util.List;

/** A matrix of a layer that an adapter can change. */
enum Site {
  QUERY("attn_q", Buffer.NORMED, Buffer.QUERY),
  GATED_QUERY("attn_q", Buffer.NORMED, Buffer.GATED_QUERY),
  KEY("attn_k", Buffer.NORMED, Buffer.KEY),
  VALUE("attn_v", Buffer.NORMED, Buffer.VALUE),
  ATTENTION_OUTPUT("attn_output", Buffer.ATTENDED, Buffer.CHANGE),
  DELTA_INPUT("attn_qkv", Buffer.NORMED, Buffer.DELTA_INPUT),
  DELTA_GATE("attn_gate", Buffer.NORMED, Buffer.DELTA_GATE),
  DELTA_OUTPUT("ssm_out", Buffer.DELTA_GATE, Buffer.CHANGE),
  GATE("ffn_gate", Buffer.NORMED, Buffer.GATE),
  UP("ffn_up", Buffer.NORMED, Buffer.UP),
  DOWN("ffn_down", Buffer.GATE, Buffer.CHANGE);

  /** Those that are multiplied with the norm before attention. */
  static final List<Site> INPUTS = List.of(QUERY, GATED_QUERY, KEY, VALUE);

  /** Those that are multiplied with the norm before a delta rule. */
  static final List<Site> DELTA_INPUTS = List.of(DELTA_INPUT, DELTA_GATE);

  /** Those that take what attention or a delta rule gathered. */
  static final List<Site> GATHERED = List.of(ATTENTION_OUTPUT, DELTA_OUTPUT);

  /** Those that are multiplied with the norm before the feed-forward. */
  static final List<Site> INNER = List.of(GATE, UP);

  /** The one that ends the feed-forward. */
  static final List<Site> LAST = List.of(DOWN);

  private final String tensor;
  private final Buffer input;
  private final Buffer output;

  Site(String tensor, Buffer input, Buffer output) {
    this.tensor = tensor;
    this.input = input;
    this.output = output;
  }

  /** Whether layers of this architecture have it. */
  boolean isIn(Architecture architecture) {
    boolean isOther = this == QUERY && architecture.has(Trait.QUERY_GATES);
    return !isOther && input.isIn(architecture) && output.isIn(architecture);
  }

  /** The matrix's name within its layer. */
  String tensor() {
    return tensor;
  }

  /** What the matrix is multiplied with. */
  Buffer input() {
    return input;
  }

  /** Where the product goes. */
  Buffer output() {
    return output;
  }
}
