package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.importing.ImportCounts;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.Rejection;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.importing.ImportNews;
import dev.palimpsest.runtime.importing.ImportReport;
import org.jspecify.annotations.Nullable;

/** Writes the service's frames of the import socket. Safe for many threads. */
public final class ImportFrameWriter {
  private final ObjectMapper json;
  private final String epoch;

  /**
   * Takes what every frame carries.
   *
   * @param epoch the name of this start of the service
   */
  public ImportFrameWriter(ObjectMapper json, String epoch) {
    this.json = json;
    this.epoch = epoch;
  }

  /**
   * A frame as text.
   *
   * @param id the import that the connection is about; null before it is about any
   * @param seq its number; for what only this connection is told, the last number it was told
   */
  String write(ImportFrame.Server frame, @Nullable ImportId id, long seq) {
    ObjectNode node = json.createObjectNode();
    node.put("type", frame.type());
    node.put("seq", seq);
    node.put("epoch", epoch);
    if (id != null) {
      node.put("import_id", id.value());
    }
    switch (frame) {
      case ImportFrame.Ready(long offset, long credit) ->
          node.put("resume_offset", offset).put("credit_bytes", credit);
      case ImportFrame.Told(ImportNews news) -> add(node, news);
      case ImportFrame.Refused(Problem problem, String inReplyTo) -> {
        node.set("problem", json.valueToTree(problem));
        if (inReplyTo != null) {
          node.put("in_reply_to", inReplyTo);
        }
      }
    }
    return node.toString();
  }

  private void add(ObjectNode node, ImportNews news) {
    switch (news) {
      case ImportNews.Acknowledged(long offset, long credit, ImportCounts counts) -> {
        node.put("offset", offset).put("credit_bytes", credit);
        node.put("read", counts.read()).put("stored", counts.stored());
        node.put("duplicate", counts.duplicate()).put("rejected", counts.rejected());
        node.put("sanitised", counts.sanitised());
      }
      case ImportNews.Progressed(ImportNews.Stage stage, long done, long total, long upTo) ->
          node.put("stage", Names.of(stage))
              .put("done", done)
              .put("total", total)
              .put("searchable_up_to", upTo);
      case ImportNews.Rejected(Rejection rejection) ->
          node.put("record", rejection.record())
              .put("offset", rejection.offset())
              .put("reason", Names.of(rejection.reason()))
              .put("detail", rejection.detail());
      case ImportNews.Done(ImportReport report) -> node.set("report", json.valueToTree(report));
      case ImportNews.Failed(Problem problem) -> node.set("problem", json.valueToTree(problem));
    }
  }
}
