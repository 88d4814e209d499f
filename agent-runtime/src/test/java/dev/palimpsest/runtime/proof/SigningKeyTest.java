package dev.palimpsest.runtime.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningKeyTest {
  private final ObjectMapper json = new ObjectMapper();
  private final SecureRandom random = new SecureRandom();

  @TempDir Path data;

  private SigningKey key() throws IOException {
    return SigningKey.readOrCreate(data, random);
  }

  private ObjectNode receipt() throws IOException {
    return (ObjectNode)
        json.readTree(
            "{\"b\":[1,{\"z\":null,\"a\":true}],\"a\":\"\\u00e9\\u0001\\\"\\n\",\"c\":{},\"d\":[]}");
  }

  @Test
  void theKeyIsMadeOnceAndForItsOwnerAlone() throws IOException {
    SigningKey made = key();
    assertEquals(made.id(), key().id());
    Path file = data.resolve("keys").resolve("signing");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertTrue(key().hasSigned(made.sign(receipt())));
    assertNotEquals(made.id(), SigningKey.readOrCreate(data.resolve("other"), random).id());
  }

  @Test
  void whatIsNoKeyIsSaidToBeNone() throws IOException {
    Path file = Files.createDirectories(data.resolve("keys")).resolve("signing");
    for (String bad : new String[] {"", "a\n", "a\nb\n", "AAAA\nAAAA\n"}) {
      Files.writeString(file, bad);
      IOException e = assertThrows(IOException.class, this::key, bad);
      assertTrue(String.valueOf(e.getMessage()).contains("holds no key"), e.getMessage());
    }
  }

  @Test
  void canonicalTextHasItsMembersInOrderAndNoSpace() throws IOException {
    assertEquals(
        "{\"a\":\"é\\u0001\\\"\\n\",\"b\":[1,{\"a\":true,\"z\":null}],\"c\":{},\"d\":[]}",
        CanonicalJson.of(receipt()));
    assertThrows(
        IllegalArgumentException.class, () -> CanonicalJson.of(json.readTree("{\"a\":1.5}")));
  }

  @Test
  void aSignatureIsOfEveryMemberAndCanBeCheckedByAnybody() throws Exception {
    ObjectNode signed = key().sign(receipt());
    ObjectNode signature = (ObjectNode) signed.path("signature");
    assertEquals("Ed25519", signature.path("algorithm").asText());
    Signature other = Signature.getInstance("Ed25519");
    byte[] publicKey = Base64.getDecoder().decode(signature.path("public_key").asText());
    other.initVerify(
        KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(publicKey)));
    other.update(CanonicalJson.of(receipt()).getBytes(StandardCharsets.UTF_8));
    assertTrue(other.verify(Base64.getDecoder().decode(signature.path("value").asText())));
    assertFalse(key().hasSigned(signed.deepCopy().put("e", 1)));
    assertFalse(key().hasSigned(signed.deepCopy().put("a", "e")));
    assertFalse(key().hasSigned(receipt()));
    ObjectNode forged = signed.deepCopy();
    ((ObjectNode) forged.path("signature")).put("value", "no base 64!");
    assertFalse(key().hasSigned(forged));
  }
}
