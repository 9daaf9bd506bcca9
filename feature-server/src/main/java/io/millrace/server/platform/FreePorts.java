package io.millrace.server.platform;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Ports of this machine's loopback address. A port that was free a moment ago can be taken by the
 * time a server binds it; the server then fails with its own message.
 */
public final class FreePorts {
  private FreePorts() {}

  /** A port of 127.0.0.1 that nothing listens on. */
  public static int next() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new PlatformException("No free port on 127.0.0.1: " + e.getMessage(), e);
    }
  }

  /**
   * Checks that a port the user chose can be listened on.
   *
   * @param option the option that chooses it, for the message: {@code --http-port}
   * @throws PlatformException when it is taken or no port number
   */
  public static void requireFree(int port, String option) {
    if (port < 1 || port > 65_535) {
      throw new PlatformException(
          option + " " + port + " is not a port. Choose one from 1 to 65535.");
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
    } catch (IOException e) {
      throw new PlatformException(
          "Port "
              + port
              + " on 127.0.0.1 is not free ("
              + e.getMessage()
              + "). Stop what listens there, or choose another port with "
              + option
              + ".",
          e);
    }
  }

  /** Whether something listens on a port of 127.0.0.1. */
  static boolean isListenedOn(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
