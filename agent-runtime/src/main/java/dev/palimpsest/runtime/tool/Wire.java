package dev.palimpsest.runtime.tool;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;

/** Asks over a connection to an address that was looked up before; looks up nothing itself. */
interface Wire {
  /**
   * What came back.
   *
   * @param text of at most {@link HttpTools#BYTES_MAX} bytes in UTF-8
   * @param isMore whether there were more
   */
  record Reply(int status, String text, boolean isMore) {}

  /**
   * Asks and waits. An interrupt ends the connection.
   *
   * @param uri that names host, port and path
   * @param address of that host, which alone is connected to
   * @throws java.net.ConnectException when nothing was asked, since nobody is there
   */
  Reply ask(URI uri, InetAddress address, HttpTools.Request request)
      throws IOException, InterruptedException;
}
