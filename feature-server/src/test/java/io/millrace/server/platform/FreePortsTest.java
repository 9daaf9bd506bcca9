package io.millrace.server.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  @Test
  void shouldFindAPortThatCanBeTaken() throws IOException {
    int port = FreePorts.next();

    FreePorts.requireFree(port, "--http-port");
    try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(FreePorts.isListenedOn(server.getLocalPort())).isTrue();
    }
    assertThat(FreePorts.isListenedOn(port)).isFalse();
  }

  @Test
  void shouldNameThePortInUseAndItsOption() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = server.getLocalPort();

      assertThatThrownBy(() -> FreePorts.requireFree(port, "--http-port"))
          .isInstanceOf(PlatformException.class)
          .hasMessageStartingWith("Port " + port + " on 127.0.0.1 is not free (")
          .hasMessageEndingWith(
              "Stop what listens there, or choose another port with --http-port.");
    }
  }

  @Test
  void shouldRefuseANumberThatIsNoPort() {
    assertThatThrownBy(() -> FreePorts.requireFree(70_000, "--http-port"))
        .hasMessage("--http-port 70000 is not a port. Choose one from 1 to 65535.");
  }
}
