package dev.palimpsest.runtime.service;

import io.restassured.path.json.JsonPath;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A client that sends a file over the import socket, in pieces, with as much credit as it has. */
final class ImportClientRig implements AutoCloseable {
  static final String PATH = "/v1/imports/socket";

  private final SocketClientRig socket;
  private final List<JsonPath> heard = new ArrayList<>();
  private String id = "";
  private long sent;
  private long mayUpTo;

  ImportClientRig(URI service, String query) {
    this(service, query, List.of());
  }

  ImportClientRig(URI service, String query, List<String> subprotocols) {
    socket = SocketClientRig.at(service, PATH, query, subprotocols);
  }

  SocketClientRig socket() {
    return socket;
  }

  String id() {
    return id;
  }

  long sent() {
    return sent;
  }

  /** All frames that were heard, oldest first. */
  List<JsonPath> heard() {
    return heard;
  }

  /** Begins an import with these members. */
  ImportClientRig start(String members) throws InterruptedException {
    socket.send("{\"type\":\"import.start\"," + members + "}");
    return ready();
  }

  /** Goes on with an import. */
  ImportClientRig again(String importId) throws InterruptedException {
    return start("\"import_id\":\"" + importId + "\"");
  }

  /** Sends so many bytes of a file, from where it stands. */
  void send(byte[] file, int count) throws InterruptedException {
    int size = Math.min(count, file.length - (int) sent);
    while (sent + size > mayUpTo) {
      hear();
    }
    socket.sendBinary(ByteBuffer.wrap(file, (int) sent, size));
    sent += size;
  }

  /** Sends the rest of a file and says that it is all. */
  void sendRest(byte[] file, int frame) throws InterruptedException {
    while (sent < file.length) {
      send(file, frame);
    }
    finish(sha256(file));
  }

  void finish(String sum) {
    socket.send("{\"type\":\"import.finish\",\"sha256\":\"" + sum + "\"}");
  }

  /** Hears frames up to one of this type, which is the last. */
  JsonPath until(String type) throws InterruptedException {
    JsonPath frame = hear();
    while (!type.equals(frame.getString("type"))) {
      frame = hear();
    }
    return frame;
  }

  static String sha256(byte[] file) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private ImportClientRig ready() throws InterruptedException {
    JsonPath ready = hear();
    if (!"import.ready".equals(ready.getString("type"))) {
      throw new AssertionError("expected import.ready, got " + ready.prettify());
    }
    id = ready.getString("import_id");
    sent = ready.getLong("resume_offset");
    mayUpTo = sent + ready.getLong("credit_bytes");
    return this;
  }

  private JsonPath hear() throws InterruptedException {
    JsonPath frame = socket.next();
    heard.add(frame);
    if ("import.ack".equals(frame.getString("type"))) {
      mayUpTo = frame.getLong("offset") + frame.getLong("credit_bytes");
    }
    return frame;
  }

  @Override
  public void close() {
    socket.close();
  }
}
