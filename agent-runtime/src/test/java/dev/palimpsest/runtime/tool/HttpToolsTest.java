package dev.palimpsest.runtime.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What may be asked, and what becomes of what it says. */
class HttpToolsTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void whatIsSaidIsTakenUpToALimitAndErrorsAreAnswersToo() throws IOException {
    try (ToolServer server = new ToolServer()) {
      HttpTools tools = server.tools();
      server.answers(200, "fine \u0000");
      assertEquals(
          new HttpTools.Outcome.Answered(false, "fine \uFFFD", 0), ask(tools, server, LONG));
      server.answers(404, "gone");
      assertEquals(
          new HttpTools.Outcome.Answered(true, "HTTP 404: gone", 0), ask(tools, server, LONG));
      server.answers(302, "");
      assertEquals(new HttpTools.Outcome.Answered(true, "HTTP 302: ", 0), ask(tools, server, LONG));
      assertEquals(3, server.bodies().size(), "no redirection is followed");
      server.answers(200, "x".repeat(HttpTools.BYTES_MAX + 5));
      var cut = assertInstanceOf(HttpTools.Outcome.Answered.class, ask(tools, server, LONG));
      assertEquals(TurnEvent.ToolAnswered.TEXT_CHARACTERS_MAX, cut.text().length());
      assertEquals(HttpTools.BYTES_MAX + 1 - cut.text().length(), cut.charactersLeft());
      server.holds();
      var late =
          assertInstanceOf(
              HttpTools.Outcome.Answered.class, ask(tools, server, Duration.ofMillis(300)));
      assertTrue(late.isError() && late.text().contains("longer"), late.text());
      assertEquals(new HttpTools.Outcome.Stopped(), tools.call(request(server, LONG), () -> true));
    }
  }

  @Test
  void onlyHostsOfTheListAreAsked() throws IOException {
    try (ToolServer server = new ToolServer()) {
      for (String entry :
          List.of(
              "localhost:" + server.port(),
              "private:localhost",
              "private:127.0.0.1:" + server.port(),
              "example.com")) {
        var refused =
            assertInstanceOf(
                HttpTools.Outcome.Answered.class, ask(ToolServer.tools(entry), server, LONG));
        assertTrue(refused.isError(), entry);
      }
      assertTrue(
          ((HttpTools.Outcome.Answered)
                  ask(ToolServer.tools("localhost:" + server.port()), server, LONG))
              .text()
              .contains("network of our own"));
      assertEquals(List.of(), server.bodies());
    }
  }

  @Test
  void aToolThatIsAwayIsAnError() throws IOException {
    int port;
    try (ToolServer server = new ToolServer()) {
      port = server.port();
    }
    Tool.Http tool = new Tool.Http("t", "", "{}", "http://localhost:" + port + "/", "POST", false);
    var away =
        assertInstanceOf(
            HttpTools.Outcome.Answered.class,
            ToolServer.tools("private:localhost:" + port)
                .call(new HttpTools.Request(tool, "{}", "k", LONG), () -> false));
    assertTrue(away.isError() && away.text().contains("could not be asked"), away.text());
  }

  @Test
  void theAddressThatWasCheckedIsTheOneThatIsAsked() throws IOException {
    try (ToolServer server = new ToolServer()) {
      server.answers(200, "here");
      InetAddress[] here = {InetAddress.getLoopbackAddress()};
      InetAddress[] elsewhere = {InetAddress.getByName("203.0.113.1")};
      AtomicInteger looks = new AtomicInteger();
      String host = "tool.invalid:" + server.port();
      HttpTools tools =
          ToolServer.tools(
              "private:" + host, name -> looks.getAndIncrement() == 0 ? here : elsewhere);
      Tool.Http tool = new Tool.Http("t", "", "{}", "http://" + host + "/a?b=c", "PUT", false);
      assertEquals(
          new HttpTools.Outcome.Answered(false, "here", 0),
          tools.call(new HttpTools.Request(tool, "{}", "k", LONG), () -> false));
      assertEquals(1, looks.get());
      assertEquals(List.of(host), server.hosts());
      assertEquals(List.of("PUT /a?b=c"), server.lines());
    }
  }

  @Test
  void noAddressOfAHostMayBeOfOurOwn() throws IOException {
    try (ToolServer server = new ToolServer()) {
      InetAddress[] mixed = {
        InetAddress.getByName("203.0.113.1"), InetAddress.getLoopbackAddress()
      };
      String host = "tool.invalid:" + server.port();
      Tool.Http tool = new Tool.Http("t", "", "{}", "http://" + host + "/", "POST", false);
      HttpTools.Request request = new HttpTools.Request(tool, "{}", "k", LONG);
      var refused =
          assertInstanceOf(
              HttpTools.Outcome.Answered.class,
              ToolServer.tools(host, name -> mixed).call(request, () -> false));
      assertTrue(refused.text().contains("network of our own"), refused.text());
      assertEquals(List.of(), server.bodies());
    }
  }

  @Test
  void lookingForAHostTakesNoLongerThanTheCall() {
    CountDownLatch never = new CountDownLatch(1);
    HttpTools tools =
        ToolServer.tools(
            "tool.invalid",
            name -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              throw new UnknownHostException(name);
            });
    Tool.Http tool = new Tool.Http("t", "", "{}", "https://tool.invalid/", "POST", false);
    var late =
        assertInstanceOf(
            HttpTools.Outcome.Answered.class,
            tools.call(
                new HttpTools.Request(tool, "{}", "k", Duration.ofMillis(200)), () -> false));
    assertTrue(late.text().contains("longer"), late.text());
  }

  @Test
  void addressesAreHeldAgainstTheList() {
    ToolHosts hosts = ToolHosts.of(List.of("Example.com", "api.example.com:8443", "private:[::1]"));
    for (String good :
        List.of(
            "https://example.com/a?b",
            "http://EXAMPLE.com:80/",
            "https://api.example.com:8443/x",
            "http://[::1]/")) {
      assertTrue(hosts.problem(good).isEmpty(), good);
    }
    for (String bad :
        List.of(
            "https://example.com:444/",
            "https://api.example.com/",
            "https://sub.example.com/",
            "https://example.com.evil.org/",
            "https://user@example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "//example.com/",
            "example.com",
            "http://[::1",
            "")) {
      assertFalse(hosts.problem(bad).isEmpty(), bad);
    }
    for (String entry : List.of("http://a", "a/b", "u@a", "", "a b", "private:")) {
      assertThrows(IllegalArgumentException.class, () -> ToolHosts.of(List.of(entry)), entry);
    }
    assertFalse(ToolHosts.none().problem("https://example.com/").isEmpty());
  }

  @Test
  void addressesOfOurOwnAreKnown() throws IOException {
    for (String own :
        List.of(
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "0.1.2.3",
            "10.1.1.1",
            "172.16.0.1",
            "172.31.255.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::ffff:10.0.0.1")) {
      assertTrue(ToolHosts.isOwn(InetAddress.getByName(own)), own);
    }
    for (String other :
        List.of("93.184.216.34", "172.32.0.1", "100.128.0.1", "8.8.8.8", "2606:2800:220::1")) {
      assertFalse(ToolHosts.isOwn(InetAddress.getByName(other)), other);
    }
  }

  private static HttpTools.Outcome ask(HttpTools tools, ToolServer server, Duration patience) {
    return tools.call(request(server, patience), () -> false);
  }

  private static HttpTools.Request request(ToolServer server, Duration patience) {
    Tool.Http tool = new Tool.Http("t", "", "{}", server.url("/"), "POST", false);
    return new HttpTools.Request(tool, "{\"a\":1}", "key-1", patience);
  }
}
