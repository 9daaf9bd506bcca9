package io.millrace.benchmarks.serve;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Redis with nothing before it: GET over one connection, answers read by a thread of their own. */
final class RawRedis implements OpenLoop.Target, AutoCloseable {
  private final Socket socket;
  private final OutputStream out;
  private final byte[][] commands;
  private final ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private final Thread reader;

  RawRedis(int port, List<byte[]> keys) throws IOException {
    socket = new Socket("127.0.0.1", port);
    socket.setTcpNoDelay(true);
    out = socket.getOutputStream();
    commands = keys.stream().map(RawRedis::get).toArray(byte[][]::new);
    reader = new Thread(this::read, "raw-redis");
    reader.setDaemon(true);
    reader.start();
  }

  private static byte[] get(byte[] key) {
    byte[] head =
        ("*2\r\n$3\r\nGET\r\n$" + key.length + "\r\n").getBytes(StandardCharsets.US_ASCII);
    byte[] command = new byte[head.length + key.length + 2];
    System.arraycopy(head, 0, command, 0, head.length);
    System.arraycopy(key, 0, command, head.length, key.length);
    command[command.length - 2] = '\r';
    command[command.length - 1] = '\n';
    return command;
  }

  @Override
  public void send(int i, Runnable done) throws IOException {
    waiting.add(done);
    out.write(commands[(int) ((i * 2_654_435_761L & Integer.MAX_VALUE) % commands.length)]);
  }

  private void read() {
    try {
      InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      while (true) {
        int length = 0;
        if (in.read() != '$') {
          throw new EOFException();
        }
        for (int c = in.read(); c != '\r'; c = in.read()) {
          length = length * 10 + c - '0';
        }
        in.skipNBytes(length + 3L);
        waiting.remove().run();
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
