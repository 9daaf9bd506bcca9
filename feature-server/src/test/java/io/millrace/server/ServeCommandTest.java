package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code serve} says when it cannot begin. */
class ServeCommandTest {
  private static final Path FLIGHTS = Path.of("..", "feature-definitions", "flights");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;

  private int serve(Object definitions, String online, String... more) {
    String[] arguments = new String[5 + more.length];
    arguments[0] = "serve";
    arguments[1] = "--definitions";
    arguments[2] = definitions.toString();
    arguments[3] = "--online";
    arguments[4] = online;
    System.arraycopy(more, 0, arguments, 5, more.length);
    return Millrace.run(new PrintWriter(out), new PrintWriter(err, true), arguments);
  }

  @Test
  void shouldExplainAStoreThatIsNone() {
    assertThat(serve(FLIGHTS, "cassandra:host")).isEqualTo(2);

    assertThat(err.toString())
        .contains("--online is rocksdb:DIR or redis:HOST:PORT, but it is cassandra:host");
  }

  @Test
  void shouldExplainASettingOfTheStoreThatIsNone() {
    assertThat(serve(FLIGHTS, "redis:127.0.0.1:1", "--online-set", "online.redis.layout=flat"))
        .isEqualTo(2);

    assertThat(err.toString()).contains("online.redis.layout is packed or feast, but it is flat");
  }

  @Test
  void shouldExplainABoundThatIsNone() {
    assertThat(serve(FLIGHTS, "rocksdb:x", "--max-rows", "0")).isEqualTo(2);
    assertThat(serve(FLIGHTS, "rocksdb:x", "--port", "70000")).isEqualTo(2);

    assertThat(err.toString())
        .contains(
            "maxRows must be 1 or more, but it is 0", "port must be 0 to 65535, but it is 70000");
  }

  @Test
  void shouldEndWithOneAndTheMistakesOfTheDefinitions() throws IOException {
    Files.writeString(folder.resolve("all.yaml"), "kind: FeatureVeiw\n");

    assertThat(serve(folder, "rocksdb:x")).isEqualTo(1);

    assertThat(err.toString())
        .contains("all.yaml:1:7: there is no kind of definition FeatureVeiw; did you mean");
  }

  @Test
  void shouldListenToOthersOnlyWithTokensOrOnRequest() {
    assertThat(serve(FLIGHTS, "rocksdb:x", "--bind", "0.0.0.0")).isEqualTo(2);

    assertThat(err.toString()).contains("0.0.0.0 is not loopback", "or say --insecure");
  }

  @Test
  void shouldExplainACertificateWithoutAKeyAndFilesThatAreNone() throws IOException {
    Path none = folder.resolve("none.pem");
    Path empty = Files.createFile(folder.resolve("tokens"));

    assertThat(serve(FLIGHTS, "rocksdb:x", "--tls-certificate", none.toString())).isEqualTo(2);
    assertThat(err.toString())
        .contains("--tls-certificate and --tls-key belong together; give both");

    assertThat(serve(FLIGHTS, "rocksdb:x", "--tokens", empty.toString())).isEqualTo(2);
    assertThat(err.toString()).contains(empty + " holds no token; give one a line");
    assertThat(
            serve(
                FLIGHTS,
                "rocksdb:x",
                "--tls-certificate",
                none.toString(),
                "--tls-key",
                none.toString()))
        .isEqualTo(1);
    assertThat(err.toString()).contains("the certificate " + none);
  }
}
