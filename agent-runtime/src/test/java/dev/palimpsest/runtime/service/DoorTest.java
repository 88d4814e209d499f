package dev.palimpsest.runtime.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** No path of the service can be reached under a foreign host or from a foreign page. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class DoorTest {
  private static final List<String> PATHS =
      List.of(
          "GET /v1/sessions",
          "POST /v1/sessions",
          "DELETE /v1/sessions/ses_1",
          "PATCH /v1/sessions/ses_1",
          "GET /v1/sessions/ses_1/events",
          "POST /v1/sessions/ses_1/turns",
          "POST /v1/sessions/ses_1/turns/trn_1/cancel",
          "GET /v1/models",
          "GET /v1/keys",
          "POST /v1/keys",
          "OPTIONS /v1/sessions",
          "GET /q/health",
          "GET /q/health/ready",
          "GET /q/health/live",
          "GET /q/metrics",
          "GET /q/openapi",
          "GET /q/swagger-ui/",
          "GET /",
          "GET /nothing");

  @TestHTTPResource("/")
  URI service;

  @Test
  void noPathIsReachedUnderAForeignHost() {
    RawHttp http = new RawHttp(service);
    for (String path : withSocket(PATHS)) {
      for (String host :
          List.of("evil.example", "evil.example:" + http.port(), "127.0.0.1.evil.example", "")) {
        assertForeign(http, path, List.of("Host: " + host), "foreign-host");
      }
      assertForeign(http, path, List.of("Host: localhost", "Host: evil.example"), "foreign-host");
    }
  }

  @Test
  void noPathIsReachedFromAForeignPage() {
    RawHttp http = new RawHttp(service);
    String host = "Host: localhost:" + http.port();
    for (String path : withSocket(PATHS)) {
      for (String origin :
          List.of("http://evil.example", "null", "http://localhost:1", "https://evil.example:1")) {
        assertForeign(http, path, List.of(host, "Origin: " + origin), "foreign-origin");
      }
      assertForeign(http, path, List.of(host, "Sec-Fetch-Site: cross-site"), "foreign-origin");
      assertForeign(http, path, List.of(host, "Sec-Fetch-Site: same-site"), "foreign-origin");
    }
  }

  @Test
  void theServicesOwnPagesAndProgramsReachEveryPath() {
    RawHttp http = new RawHttp(service);
    for (String path : withSocket(PATHS)) {
      for (String name : List.of("localhost", "127.0.0.1", "[::1]")) {
        String host = "Host: " + name + ":" + http.port();
        assertNotEquals(403, http.status(head(path, List.of(host))), path);
        List<String> own = List.of(host, "Origin: http://" + name + ":" + http.port());
        assertNotEquals(403, http.status(head(path, own)), path);
      }
    }
  }

  @Test
  void aLinkFromAnotherSiteMayBeFollowed() {
    RawHttp http = new RawHttp(service);
    List<String> link =
        List.of(
            "Host: localhost:" + http.port(),
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Mode: navigate");
    assertEquals(200, http.status(head("GET /v1/models", link)));
    assertEquals(403, http.status(head("POST /v1/sessions", link)));
  }

  @Test
  void anAddressThatNamesAnotherServerIsNotServed() {
    RawHttp http = new RawHttp(service);
    List<String> head =
        List.of("GET http://evil.example/v1/models HTTP/1.1", "Host: localhost:" + http.port());
    assertEquals(403, http.status(head));
  }

  @Test
  void anAddressThatCannotBeReadIsAProblem() {
    RawHttp http = new RawHttp(service);
    for (String path : List.of("/v1/sessions/%zz", "/v1/sessions/%", "/v1/sessions?limit=%4")) {
      String answer = http.send(head("GET " + path, List.of("Host: localhost:" + http.port())), "");
      assertTrue(answer.startsWith("HTTP/1.1 400"), () -> path + ": " + answer);
      assertTrue(answer.contains("application/problem+json"), () -> path + ": " + answer);
    }
  }

  private static void assertForeign(RawHttp http, String path, List<String> headers, String kind) {
    String answer = http.send(head(path, headers), "");
    assertTrue(answer.startsWith("HTTP/1.1 403"), () -> path + headers + ": " + answer);
    assertTrue(answer.contains("urn:palimpsest:problem:" + kind), () -> path + ": " + answer);
    assertTrue(answer.contains("application/problem+json"), () -> path + ": " + answer);
  }

  private static List<String> withSocket(List<String> paths) {
    List<String> all = new ArrayList<>(paths);
    all.add("SOCKET /v1/sessions/ses_1/socket");
    return all;
  }

  private static List<String> head(String path, List<String> headers) {
    List<String> head = new ArrayList<>();
    boolean isSocket = path.startsWith("SOCKET ");
    head.add((isSocket ? "GET " + path.substring(7) : path) + " HTTP/1.1");
    head.addAll(headers);
    if (isSocket) {
      head.add("Connection: Upgrade");
      head.add("Upgrade: websocket");
      head.add("Sec-WebSocket-Version: 13");
      head.add("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    } else {
      head.add("Content-Length: 0");
      head.add("Connection: close");
    }
    return head;
  }
}
