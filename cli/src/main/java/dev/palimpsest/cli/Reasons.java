package dev.palimpsest.cli;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;

/** Short words for why a connection did not come about; the JDK's messages are often null. */
final class Reasons {
  private static final int CAUSES_MAX = 8;

  private Reasons() {}

  static String of(Throwable failure) {
    Throwable root = failure;
    boolean isRefused = false;
    for (int i = 0; i < CAUSES_MAX; i++) {
      if (root instanceof UnknownHostException || root instanceof UnresolvedAddressException) {
        return "unknown host";
      }
      if (root instanceof HttpConnectTimeoutException) {
        return "no connection in time";
      }
      if (root instanceof HttpTimeoutException) {
        return "no answer in time";
      }
      isRefused |= root instanceof ConnectException;
      if (root.getCause() == null) {
        break;
      }
      root = root.getCause();
    }
    if (isRefused) {
      return "connection refused";
    }
    String message = root.getMessage();
    return message == null ? "connection failed" : message;
  }
}
