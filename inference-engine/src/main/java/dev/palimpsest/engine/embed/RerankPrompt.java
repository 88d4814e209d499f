package dev.palimpsest.engine.embed;

import dev.palimpsest.engine.model.Model;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * How a model that generates is asked whether a document answers a query.
 *
 * @param template with {@code {query}} and, behind it, {@code {document}}, each once
 * @param yes the word whose probability counts, one token
 * @param no the word against it, one token
 */
public record RerankPrompt(String template, String yes, String no) {
  private static final String QUERY = "{query}";
  private static final String DOCUMENT = "{document}";
  private static final String FILE = "rerank.txt";

  /** Checks the places. */
  public RerankPrompt {
    int query = template.indexOf(QUERY);
    int document = template.indexOf(DOCUMENT);
    if (query < 0
        || document < query
        || template.lastIndexOf(QUERY) != query
        || template.lastIndexOf(DOCUMENT) != document) {
      throw new IllegalArgumentException(
          "a template to rerank has " + QUERY + " and then " + DOCUMENT + ", each once");
    }
  }

  /** The template that the model's file carries, else the one that Qwen3's rerankers know. */
  public static RerankPrompt of(Model model) {
    return new RerankPrompt(model.rerankTemplate().orElseGet(RerankPrompt::standard), "yes", "no");
  }

  private static String standard() {
    try (InputStream in = RerankPrompt.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(FILE + " cannot be read", e);
    }
  }

  /** The template with both texts in their places. */
  String with(String query, String document) {
    int q = template.indexOf(QUERY);
    int d = template.indexOf(DOCUMENT);
    return template.substring(0, q)
        + query
        + template.substring(q + QUERY.length(), d)
        + document
        + template.substring(d + DOCUMENT.length());
  }
}
