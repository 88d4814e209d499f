package dev.palimpsest.runtime.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;

/**
 * The Ed25519 key with which this installation signs, in {@code keys/signing} of the data folder:
 * two lines of base 64, the private key (PKCS #8) and the public one (X.509). Made at the first
 * start, readable by its owner alone. Immutable; for many threads.
 */
public final class SigningKey {
  private static final String ALGORITHM = "Ed25519";
  private static final String FOLDER = "keys";
  private static final String NAME = "signing";
  private static final String SIGNATURE = "signature";
  private static final int ID_DIGITS = 16;

  private final PrivateKey secret;
  private final PublicKey known;
  private final String id;

  private SigningKey(PrivateKey secret, PublicKey known) {
    this.secret = secret;
    this.known = known;
    this.id = idOf(known);
  }

  /**
   * Reads the key, or makes one where there is none.
   *
   * @throws IOException when it cannot be read or written, or is none
   */
  public static SigningKey readOrCreate(Path data, SecureRandom random) throws IOException {
    Path file = data.resolve(FOLDER).resolve(NAME);
    try {
      return Files.exists(file) ? read(file) : create(file, random);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(file + " holds no key: " + e.getMessage(), e);
    }
  }

  private static SigningKey read(Path file) throws IOException, GeneralSecurityException {
    List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
    if (lines.size() != 2) {
      throw new IllegalArgumentException("it has not two lines");
    }
    KeyFactory keys = KeyFactory.getInstance(ALGORITHM);
    Base64.Decoder base64 = Base64.getDecoder();
    return new SigningKey(
        keys.generatePrivate(new PKCS8EncodedKeySpec(base64.decode(lines.getFirst()))),
        keys.generatePublic(new X509EncodedKeySpec(base64.decode(lines.getLast()))));
  }

  private static SigningKey create(Path file, SecureRandom random)
      throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
    generator.initialize(NamedParameterSpec.ED25519, random);
    KeyPair pair = generator.generateKeyPair();
    Base64.Encoder base64 = Base64.getEncoder();
    String text =
        base64.encodeToString(pair.getPrivate().getEncoded())
            + "\n"
            + base64.encodeToString(pair.getPublic().getEncoded())
            + "\n";
    Path folder = Files.createDirectories(file.resolveSibling("."));
    Path made = folder.resolve(NAME + ".new");
    boolean ignored = Files.deleteIfExists(made);
    // Nobody else can read it at any moment: it is made with its permissions.
    try (var channel =
        Files.newByteChannel(
            made,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      var bytes = StandardCharsets.US_ASCII.encode(text);
      while (bytes.hasRemaining()) {
        int written = channel.write(bytes);
        assert written >= 0;
      }
    }
    Path moved = Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    return read(moved);
  }

  /** Names the key: the first sixteen digits of the SHA-256 of the public one. */
  public String id() {
    return id;
  }

  /** The public key, X.509 in base 64. */
  public String publicKey() {
    return Base64.getEncoder().encodeToString(known.getEncoded());
  }

  /**
   * Adds the member {@code signature} to an object: of the canonical JSON of all its other members.
   */
  public ObjectNode sign(ObjectNode object) {
    byte[] text = unsigned(object);
    ObjectNode signature = object.putObject(SIGNATURE);
    signature.put("algorithm", ALGORITHM);
    signature.put("key_id", id);
    signature.put("public_key", publicKey());
    signature.put("value", Base64.getEncoder().encodeToString(sign(text)));
    return object;
  }

  private static byte[] unsigned(ObjectNode object) {
    ObjectNode rest = object.deepCopy();
    JsonNode ignored = rest.remove(SIGNATURE);
    return CanonicalJson.of(rest).getBytes(StandardCharsets.UTF_8);
  }

  private byte[] sign(byte[] text) {
    try {
      Signature signer = Signature.getInstance(ALGORITHM);
      signer.initSign(secret);
      signer.update(text);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  /** Whether this key signed an object as it stands. */
  public boolean hasSigned(ObjectNode object) {
    byte[] text = unsigned(object);
    try {
      Signature verifier = Signature.getInstance(ALGORITHM);
      verifier.initVerify(known);
      verifier.update(text);
      return verifier.verify(
          Base64.getDecoder().decode(object.path(SIGNATURE).path("value").asText()));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // What is no signature is not ours.
      return false;
    }
  }

  private static String idOf(PublicKey key) {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
      return HexFormat.of().formatHex(sum).substring(0, ID_DIGITS);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
