package io.millrace.online.redis;

import io.millrace.online.OnlineStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Sockets that trust the authorities of a PEM file alone, or show a certificate, or both. */
final class Tls {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");

  private Tls() {}

  /**
   * @throws OnlineStoreException if a file cannot be read or holds something else
   */
  static SSLSocketFactory sockets(RedisConfig config) {
    TrustManager[] trusted = config.tlsAuthorities().map(Tls::trusting).orElse(null);
    KeyManager[] shown =
        config
            .clientCertificate()
            .map(file -> showing(file, config.clientKey().orElseThrow()))
            .orElse(null);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(shown, trusted, null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new OnlineStoreException("this Java cannot speak TLS: " + e, e);
    }
  }

  private static TrustManager[] trusting(Path authorities) {
    try {
      KeyStore store = emptyStore();
      int count = 0;
      for (Certificate certificate : certificates(authorities)) {
        store.setCertificateEntry("authority-" + count++, certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      return trust.getTrustManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw new OnlineStoreException(
          authorities
              + " cannot be read ("
              + e
              + "); name a PEM file of the authorities that Redis' certificate is signed by",
          e);
    }
  }

  private static KeyManager[] showing(Path certificate, Path key) {
    char[] password = {};
    try {
      KeyStore store = emptyStore();
      store.setKeyEntry(
          "client", key(key), password, certificates(certificate).toArray(new Certificate[0]));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      return keys.getKeyManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw new OnlineStoreException(
          "the certificate "
              + certificate
              + " and its key "
              + key
              + " cannot be used ("
              + e
              + "); name two PEM files that belong together",
          e);
    }
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        throw new OnlineStoreException(file + " holds no certificate; name a PEM file of some");
      }
      return certificates;
    }
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!pem.find()) {
      throw new OnlineStoreException(
          file
              + " holds no private key; name a PEM file of one without a password (PKCS#8: BEGIN"
              + " PRIVATE KEY; openssl pkcs8 -topk8 -nocrypt makes it)");
    }
    PKCS8EncodedKeySpec spec =
        new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException e) {
        // Of another kind.
      }
    }
    throw new OnlineStoreException(file + " holds a private key that is none of " + ALGORITHMS);
  }
}
