package dev.palimpsest.engine.model;

/**
 * What one tells about a model.
 *
 * @param name the model's own name, or the file's where it has none
 * @param architecture such as {@code llama}
 * @param quantisation the element type that most of the weights have, such as {@code Q8_0}
 * @param parameters number of weights
 * @param contextTokens the longest sequence
 * @param vocabularySize number of tokens
 * @param bytes size of the file
 */
public record ModelDescription(
    String name,
    String architecture,
    String quantisation,
    long parameters,
    int contextTokens,
    int vocabularySize,
    long bytes) {}
