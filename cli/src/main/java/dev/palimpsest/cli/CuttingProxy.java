package dev.palimpsest.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.random.RandomGenerator;

/**
 * Stands between a client and a service and breaks the line: a number of times, each time after a
 * random number of bytes that the client sent, in the middle of whatever was on its way. Bytes that
 * were read may be lost. One thread for each direction of each connection.
 */
final class CuttingProxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int PORT_OF_HTTP = 80;

  private final ServerSocket server;
  private final URI service;
  private final RandomGenerator random;
  private final long bytesBetween;
  private int cutsLeft;
  private int cuts;
  private long untilCut;

  /**
   * Listens on a free port of this machine.
   *
   * @param cuts how often the line breaks
   * @param bytesBetween on average
   */
  CuttingProxy(URI service, RandomGenerator random, int cuts, long bytesBetween)
      throws IOException {
    this.service = service;
    this.random = random;
    this.bytesBetween = bytesBetween;
    this.cutsLeft = cuts;
    this.untilCut = next();
    this.server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("cutting-proxy").start(this::accept);
  }

  /** Where clients connect to. */
  URI address() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** How often the line has been broken. */
  synchronized int cuts() {
    return cuts;
  }

  /** Takes no more connections; those that are open end with their clients. */
  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new IllegalStateException("a listening socket does not close", e);
    }
  }

  private void accept() {
    boolean isOpen = true;
    while (isOpen) {
      isOpen = acceptOne();
    }
  }

  private boolean acceptOne() {
    try {
      Socket client = server.accept();
      Thread.ofVirtual().start(() -> serve(client));
      return true;
    } catch (IOException e) {
      return !server.isClosed();
    }
  }

  /** Where the service is not there the client sees the line end. */
  private void serve(Socket client) {
    int port = service.getPort() < 0 ? PORT_OF_HTTP : service.getPort();
    try (client;
        Socket behind = new Socket(service.getHost(), port)) {
      Thread back = Thread.ofVirtual().start(() -> pass(behind, client, false));
      pass(client, behind, true);
      back.join();
    } catch (IOException e) {
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Passes bytes on until either side goes away or the line breaks, then closes both. */
  private void pass(Socket from, Socket to, boolean isFromClient) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        int passed = isFromClient ? passed(count) : count;
        out.write(buffer, 0, passed);
        if (passed < count) {
          return;
        }
      }
    } catch (IOException e) {
      return;
    }
  }

  /** How many of these bytes are passed on; fewer where the line breaks. */
  private synchronized int passed(int count) {
    untilCut -= count;
    if (cutsLeft == 0 || untilCut > 0) {
      return count;
    }
    cutsLeft--;
    cuts++;
    untilCut = next();
    return random.nextInt(count);
  }

  private long next() {
    return 1 + random.nextLong(2 * bytesBetween);
  }
}
