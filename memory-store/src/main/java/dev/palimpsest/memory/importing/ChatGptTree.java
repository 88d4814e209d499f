package dev.palimpsest.memory.importing;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one conversation and how they hang together.
 *
 * @param id its name
 * @param begun when; null where that is not known
 * @param current the node that was shown last; null where that is not known
 * @param isForgotten whether the person asked not to remember it
 * @param nodes by id, in the order of the file
 */
record ChatGptTree(
    String id,
    @Nullable Instant begun,
    @Nullable String current,
    boolean isForgotten,
    Map<String, Node> nodes) {

  /**
   * A place in the tree.
   *
   * @param parent null for a root
   * @param message null where there is none
   */
  record Node(@Nullable String parent, List<String> children, @Nullable Turn message) {
    boolean speaks() {
      return message != null;
    }
  }

  /** Reads through a conversation to its end, which also finds out whether it is JSON. */
  static ChatGptTree read(Unit unit) throws UnusableException {
    return Json.scan(
        unit,
        parser -> {
          if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw Fields.shape("A conversation is not an object.");
          }
          return new Gathering().read(parser);
        });
  }

  /** Nodes with a message. */
  long speaking() {
    return nodes.values().stream().filter(Node::speaks).count();
  }

  /**
   * What was shown last, from the root on: up from the current node, else down from the root by the
   * last child each time.
   */
  List<Node> branch() throws UnusableException {
    return current != null && nodes.containsKey(current)
        ? walk(current, Node::parent).reversed()
        : walk(root(), this::lastChild);
  }

  /** From a node on, as long as there is a next one. */
  private List<Node> walk(@Nullable String from, Function<Node, @Nullable String> next)
      throws UnusableException {
    List<Node> walked = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    String id = from;
    while (id != null) {
      Node node = nodes.get(id);
      if (node == null) {
        break;
      }
      if (!seen.add(id)) {
        throw loop();
      }
      walked.add(node);
      id = next.apply(node);
    }
    return walked;
  }

  private @Nullable String lastChild(Node node) {
    return node.children().reversed().stream().filter(nodes::containsKey).findFirst().orElse(null);
  }

  /** The first node without a parent; null where there are no nodes. */
  private @Nullable String root() throws UnusableException {
    for (Map.Entry<String, Node> node : nodes.entrySet()) {
      String parent = node.getValue().parent();
      if (parent == null || !nodes.containsKey(parent)) {
        return node.getKey();
      }
    }
    if (nodes.isEmpty()) {
      return null;
    }
    throw loop();
  }

  private static UnusableException loop() {
    return new UnusableException(
        RejectionReason.BROKEN_TREE, "The parents of its messages go round in a circle.");
  }

  /** The parts, as they come. */
  private static final class Gathering {
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<String, Json> own = new LinkedHashMap<>();
    private boolean hasNodes;

    ChatGptTree read(JsonParser parser) throws IOException, UnusableException {
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        JsonToken value = parser.nextToken();
        if (name.equals("mapping") && value == JsonToken.START_OBJECT) {
          hasNodes = true;
          nodes(parser);
        } else if (value.isScalarValue()) {
          own.put(name, new Json.Reading(parser).value(value));
        } else {
          parser.skipChildren();
        }
      }
      if (!hasNodes) {
        throw Fields.shape("A conversation has no 'mapping'.");
      }
      Fields fields = new Fields(new Json.Members(own));
      String id =
          fields.id("conversation_id") == null ? fields.id("id") : fields.id("conversation_id");
      if (id == null) {
        throw new UnusableException(RejectionReason.MISSING_NAME, "A conversation has no id.");
      }
      boolean isForgotten =
          own.get("is_do_not_remember") instanceof Json.Plain(String written)
              && written.equals("true");
      return new ChatGptTree(
          id,
          ChatGptMessages.time(fields.value("create_time")),
          fields.id("current_node"),
          isForgotten,
          nodes);
    }

    private void nodes(JsonParser parser) throws IOException, UnusableException {
      for (String id = parser.nextFieldName(); id != null; id = parser.nextFieldName()) {
        if (nodes.size() == Conversation.TURNS_MAX) {
          throw Json.tooMuch();
        }
        JsonToken value = parser.nextToken();
        if (value == JsonToken.START_OBJECT) {
          nodes.put(id, node(id, (Json.Members) new Json.Reading(parser).value(value)));
        } else {
          parser.skipChildren();
        }
      }
    }

    private static Node node(String id, Json.Members node) throws UnusableException {
      List<String> children = new ArrayList<>();
      if (node.get("children") instanceof Json.Items(List<Json> values)) {
        for (Json child : values) {
          if (child instanceof Json.Text(String name)) {
            children.add(name);
          }
        }
      }
      return new Node(
          new Fields(node).id("parent"), children, ChatGptMessages.turn(id, node.get("message")));
    }
  }
}
