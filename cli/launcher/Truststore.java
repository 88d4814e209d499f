import java.io.BufferedInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/**
 * Writes a truststore from a file of PEM certificates; arguments: the PEM file, the truststore. The launcher runs it as a
 * source file with a JDK that it fetched, because such a JDK has no list of certificate authorities of its own. The
 * truststore is PKCS12 without a password, which is how a JDK reads its default one.
 */
final class Truststore {
  public static void main(String[] arguments) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    int number = 0;
    try (InputStream pem = new BufferedInputStream(Files.newInputStream(Path.of(arguments[0])))) {
      for (Certificate authority :
          CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry("authority-" + number++, authority);
      }
    }
    try (OutputStream out = Files.newOutputStream(Path.of(arguments[1]))) {
      store.store(out, null);
    }
  }
}
