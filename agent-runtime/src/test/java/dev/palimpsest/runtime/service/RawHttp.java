package dev.palimpsest.runtime.service;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Requests written byte by byte, for headers that no client lets one write. */
final class RawHttp {
  private static final int ANSWER_BYTES_MAX = 1 << 16;

  private final URI service;

  RawHttp(URI service) {
    this.service = service;
  }

  int port() {
    return service.getPort();
  }

  /**
   * Sends a request and reads its answer's head and, where the connection ends, its body.
   *
   * @param head lines without line ends; the request line first
   */
  String send(List<String> head, String body) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.getPort())) {
      socket.setSoTimeout(20_000);
      String request = String.join("\r\n", head) + "\r\n\r\n" + body;
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      return read(socket.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The status of the answer to a request. */
  int status(List<String> head) {
    String answer = send(head, "");
    return Integer.parseInt(answer.substring(9, 12));
  }

  private static String read(InputStream in) throws IOException {
    byte[] bytes = new byte[ANSWER_BYTES_MAX];
    int length = 0;
    while (length < bytes.length) {
      int read = in.read(bytes, length, bytes.length - length);
      if (read < 0) {
        break;
      }
      length += read;
      String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
      int end = text.indexOf("\r\n\r\n");
      boolean isUpgraded = text.startsWith("HTTP/1.1 101");
      if (end >= 0 && (isUpgraded || hasWholeBody(text, end))) {
        return text;
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private static boolean hasWholeBody(String text, int end) {
    String head = text.substring(0, end).toLowerCase(Locale.ROOT);
    int at = head.indexOf("content-length: ");
    if (at < 0) {
      return text.endsWith("0\r\n\r\n");
    }
    int until = head.indexOf('\r', at);
    String length = head.substring(at + 16, until < 0 ? head.length() : until).strip();
    int body = text.substring(end + 4).getBytes(StandardCharsets.UTF_8).length;
    return body >= Integer.parseInt(length);
  }
}
