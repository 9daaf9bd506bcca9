package io.millrace.online.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;

/** TLS before a server that speaks none, with a certificate that it signs itself. */
final class TlsFront implements AutoCloseable {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final SSLServerSocket server;
  private final int target;
  private final Path certificate;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private TlsFront(SSLServerSocket server, int target, Path certificate) {
    this.server = server;
    this.target = target;
    this.certificate = certificate;
  }

  /**
   * @param host whom the certificate is for
   */
  static TlsFront start(Path folder, int target, String host) throws Exception {
    return start(folder, target, host, false);
  }

  /** The same, but callers must have a certificate: this one's own. */
  static TlsFront startForTheKnown(Path folder, int target, String host) throws Exception {
    return start(folder, target, host, true);
  }

  private static TlsFront start(Path folder, int target, String host, boolean known)
      throws Exception {
    Path keys = folder.resolve("keys.p12");
    int status =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "redis",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=" + host,
                    "-ext",
                    "SAN=dns:" + host,
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    keys.toString(),
                    "-storepass",
                    new String(PASSWORD)))
            .inheritIO()
            .start()
            .waitFor();
    if (status != 0) {
      throw new IllegalStateException("keytool ended with " + status);
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD);
    }
    Path certificate = folder.resolve("authority.pem");
    Files.writeString(
        certificate,
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(store.getCertificate("redis").getEncoded())
            + "\n-----END CERTIFICATE-----\n");
    Files.writeString(
        folder.resolve("key.pem"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(store.getKey("redis", PASSWORD).getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("redis", store.getCertificate("redis"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
    TlsFront front =
        new TlsFront(
            (SSLServerSocket)
                context
                    .getServerSocketFactory()
                    .createServerSocket(0, 16, InetAddress.getLoopbackAddress()),
            target,
            certificate);
    front.server.setNeedClientAuth(known);
    front.threads.execute(front::accept);
    return front;
  }

  int port() {
    return server.getLocalPort();
  }

  /** In PEM. */
  Path certificate() {
    return certificate;
  }

  /** The certificate's, in PEM. */
  Path key() {
    return certificate.resolveSibling("key.pem");
  }

  private void accept() {
    try {
      while (true) {
        Socket from = server.accept();
        Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
        threads.execute(() -> copy(from, to));
        threads.execute(() -> copy(to, from));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      byte[] buffer = new byte[8_192];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
        out.flush();
      }
    } catch (IOException e) {
      // One side has ended; so does the other.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }
}
