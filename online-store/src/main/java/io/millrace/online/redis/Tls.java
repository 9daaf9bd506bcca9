package io.millrace.online.redis;

import io.millrace.online.OnlineStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** Sockets that trust the authorities of a PEM file alone. */
final class Tls {
  private Tls() {}

  /**
   * @throws OnlineStoreException if the file cannot be read or holds no certificate
   */
  static SSLSocketFactory trusting(Path authorities) {
    try (InputStream in = Files.newInputStream(authorities)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("authority-" + count++, certificate);
      }
      if (count == 0) {
        throw new OnlineStoreException(
            authorities + " holds no certificate; name a PEM file of the authorities to trust");
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException | GeneralSecurityException e) {
      throw new OnlineStoreException(
          authorities
              + " cannot be read ("
              + e
              + "); name a PEM file of the authorities that Redis' certificate is signed by",
          e);
    }
  }
}
