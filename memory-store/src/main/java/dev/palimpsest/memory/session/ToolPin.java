package dev.palimpsest.memory.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.palimpsest.memory.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a tool was declared as, in so few letters that it can be compared: the name, and SHA-256 of
 * the declaration as canonical JSON, so that neither spaces nor the order of members count.
 *
 * @param name by which a model calls it
 * @param sha256 64 digits in hexadecimal, lower case
 */
public record ToolPin(String name, String sha256) {
  private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{64}");
  private static final JsonFactory JSON = new JsonFactory();

  /** Refuses what is no sum. */
  public ToolPin {
    if (name.isEmpty() || !DIGITS.matcher(sha256).matches()) {
      throw new IllegalArgumentException("tools holds a name and 64 digits in hexadecimal");
    }
  }

  /** The pins of tools, in their order. */
  public static List<ToolPin> of(List<Tool> tools) {
    return tools.stream().map(ToolPin::of).toList();
  }

  /** The pin of a tool. */
  public static ToolPin of(Tool tool) {
    byte[] declaration = canonical(tool).getBytes(StandardCharsets.UTF_8);
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(declaration);
      return new ToolPin(tool.calledName(), HexFormat.of().formatHex(sum));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String canonical(Tool tool) {
    Map<String, String> members = new TreeMap<>();
    switch (tool) {
      case Tool.BuiltIn own -> members.put("built_in", quoted(own.calledName()));
      case Tool.Http http -> {
        putFace(members, http.name(), http.description(), http.parameters());
        members.put("url", quoted(http.url()));
        members.put("method", quoted(http.method()));
        members.put("repeatable", String.valueOf(http.isRepeatable()));
      }
      case Tool.Client client -> {
        putFace(members, client.name(), client.description(), client.parameters());
        members.put("repeatable", String.valueOf(client.isRepeatable()));
        members.put("wait_seconds", String.valueOf(client.waitSeconds()));
      }
    }
    return object(members);
  }

  private static void putFace(
      Map<String, String> members, String name, String description, String parameters) {
    members.put("name", quoted(name));
    members.put("description", quoted(description));
    try (JsonParser parser = JSON.createParser(parameters)) {
      members.put("parameters", value(parser, parser.nextToken()));
    } catch (IOException e) {
      throw new IllegalArgumentException("parameters is no JSON", e);
    }
  }

  private static String value(JsonParser parser, JsonToken token) throws IOException {
    if (token == JsonToken.START_OBJECT) {
      Map<String, String> members = new TreeMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        members.put(name, value(parser, parser.nextToken()));
      }
      return object(members);
    }
    if (token == JsonToken.START_ARRAY) {
      List<String> elements = new ArrayList<>();
      for (JsonToken next = parser.nextToken();
          next != JsonToken.END_ARRAY;
          next = parser.nextToken()) {
        elements.add(value(parser, next));
      }
      return "[" + String.join(",", elements) + "]";
    }
    if (token == JsonToken.VALUE_STRING) {
      return quoted(parser.getText());
    }
    return token.isNumeric()
        ? parser.getDecimalValue().stripTrailingZeros().toString()
        : parser.getText();
  }

  private static String object(Map<String, String> members) {
    List<String> written = new ArrayList<>();
    members.forEach((name, value) -> written.add(quoted(name) + ":" + value));
    return "{" + String.join(",", written) + "}";
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder();
    JsonText.quote(text, quoted);
    return quoted.toString();
  }
}
