package dev.palimpsest.runtime.service;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.Map;

/** Short words for what the service's tests do all the time. */
final class Calls {
  static final String PROBLEM = "application/problem+json";

  private Calls() {}

  static RequestSpecification json(Object body) {
    return given().contentType(ContentType.JSON).body(body);
  }

  static String session() {
    return json(Map.of("title", "test")).post("/v1/sessions").path("id");
  }

  static Response turn(String session, Map<String, ?> body) {
    return json(body).post("/v1/sessions/" + session + "/turns");
  }

  static JsonPath events(String session) {
    return given().get("/v1/sessions/" + session + "/events?limit=1000").jsonPath();
  }

  /** A problem document of this status whose detail or a field names {@code word}. */
  static void assertProblem(Response response, int status, String word) {
    String text = response.asString();
    if (response.statusCode() != status
        || !response.contentType().startsWith(PROBLEM)
        || response.jsonPath().getInt("status") != status
        || response.jsonPath().getString("title").isBlank()
        || !response.jsonPath().getString("type").startsWith("urn:palimpsest:problem:")
        || !text.contains(word)) {
      throw new AssertionError(
          "expected a problem "
              + status
              + " naming '"
              + word
              + "', got "
              + response.statusCode()
              + " "
              + response.contentType()
              + " "
              + text);
    }
  }
}
