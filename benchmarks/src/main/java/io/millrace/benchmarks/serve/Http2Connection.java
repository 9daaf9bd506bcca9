package io.millrace.benchmarks.serve;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * As much of an HTTP/2 client as a load needs, on one connection: frames are made beforehand and
 * written by the thread that sends, answers are read by a thread of their own, and of an answer
 * only its length is looked at. It costs about as little as {@link RawRedis} does, so that the
 * server is what is measured. Any thread may send.
 */
final class Http2Connection implements AutoCloseable {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int FRAME_HEAD = 9;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RESET = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GO_AWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int ACK = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int WINDOW = 64 << 20;

  private final Socket socket;
  private final OutputStream out;
  private final Map<Integer, Exchange> open = new ConcurrentHashMap<>();
  private final Object window = new Object();
  private long room = 65_535;
  private int nextStream = 1;
  private volatile String fault;

  /** Takes the length of an answer's body, when all of it is there. */
  @FunctionalInterface
  interface Answered {
    void bytes(int length);
  }

  private static final class Exchange {
    private final Answered answered;
    private int bytes;

    private Exchange(Answered answered) {
      this.answered = answered;
    }
  }

  Http2Connection(int port) throws IOException {
    socket = new Socket("127.0.0.1", port);
    socket.setTcpNoDelay(true);
    out = socket.getOutputStream();
    ByteArrayOutputStream first = new ByteArrayOutputStream();
    first.writeBytes(PREFACE);
    // No table of headers, no pushes, and room for all answers at once.
    first.writeBytes(
        frame(
            SETTINGS,
            0,
            0,
            ByteBuffer.allocate(18)
                .putShort((short) 1)
                .putInt(0)
                .putShort((short) 2)
                .putInt(0)
                .putShort((short) 4)
                .putInt(WINDOW)
                .array()));
    first.writeBytes(windowUpdate(WINDOW));
    out.write(first.toByteArray());
    Thread reader = new Thread(this::read, "http2-" + port);
    reader.setDaemon(true);
    reader.start();
  }

  /** A request as frames, without its stream's number. */
  static byte[] request(Map<String, String> headers, byte[] body) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    headers.forEach(
        (name, value) -> {
          block.write(0); // A literal with a name of its own, kept in no table.
          block.write(name.length());
          block.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
          block.write(value.length());
          block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
        });
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(frame(HEADERS, END_HEADERS, 0, block.toByteArray()));
    both.writeBytes(frame(DATA, END_STREAM, 0, body));
    return both.toByteArray();
  }

  /**
   * Sends a request; waits for no answer.
   *
   * @param request of {@link #request}
   */
  void send(byte[] request, Answered answered) throws IOException, InterruptedException {
    int headers = FRAME_HEAD + length(request, 0);
    int body = length(request, headers);
    byte[] frames = request.clone();
    synchronized (window) {
      while (room < body && fault == null) {
        window.wait(1_000);
      }
      room -= body;
    }
    requireNoFault();
    synchronized (out) {
      int stream = nextStream;
      nextStream += 2;
      ByteBuffer.wrap(frames).putInt(5, stream).putInt(headers + 5, stream);
      open.put(stream, new Exchange(answered));
      out.write(frames);
    }
  }

  /** Whether it ended while nothing was asked, as the server ends those that are idle. */
  boolean isOver() {
    return fault != null && open.isEmpty();
  }

  /** Throws what went wrong since, if anything did. */
  void requireNoFault() {
    if (fault != null) {
      throw new IllegalStateException(fault);
    }
  }

  private static int length(byte[] frames, int at) {
    return ByteBuffer.wrap(frames).getInt(at) >>> 8;
  }

  private static byte[] frame(int type, int flags, int stream, byte[] content) {
    return ByteBuffer.allocate(FRAME_HEAD + content.length)
        .putInt(content.length << 8 | type)
        .put((byte) flags)
        .putInt(stream)
        .put(content)
        .array();
  }

  private static byte[] windowUpdate(int more) {
    return frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(more).array());
  }

  private void read() {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16))) {
      int consumed = 0;
      while (true) {
        int head = in.readInt();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        int length = head >>> 8;
        switch (head & 0xFF) {
          case DATA -> {
            in.skipNBytes(length);
            Exchange exchange = open.get(stream);
            if (exchange != null) {
              exchange.bytes += length;
            }
            consumed += length;
            if (consumed > WINDOW / 4) {
              write(windowUpdate(consumed));
              consumed = 0;
            }
            endIf(flags, stream);
          }
          case HEADERS -> {
            in.skipNBytes(length);
            endIf(flags, stream);
          }
          case SETTINGS -> {
            in.skipNBytes(length);
            if ((flags & ACK) == 0) {
              write(frame(SETTINGS, ACK, 0, new byte[0]));
            }
          }
          case PING -> {
            byte[] content = in.readNBytes(length);
            if ((flags & ACK) == 0) {
              write(frame(PING, ACK, 0, content));
            }
          }
          case WINDOW_UPDATE -> {
            int more = in.readInt();
            if (stream == 0) {
              synchronized (window) {
                room += more;
                window.notifyAll();
              }
            }
          }
          case RESET -> {
            // Of a request that was turned away, perhaps before all of it was read.
            in.skipNBytes(length);
            Exchange gone = open.remove(stream);
            if (gone != null) {
              gone.answered.bytes(0);
            }
          }
          case GO_AWAY ->
              throw new EOFException(
                  "the server gave up: "
                      + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
          default -> in.skipNBytes(length);
        }
      }
    } catch (SocketException e) {
      fault = "the connection is closed: " + e;
    } catch (IOException | RuntimeException e) {
      fault = "a request failed: " + e;
    }
  }

  private void endIf(int flags, int stream) {
    if ((flags & END_STREAM) != 0) {
      Exchange done = open.remove(stream);
      if (done != null) {
        done.answered.bytes(done.bytes);
      }
    }
  }

  private void write(byte[] frame) throws IOException {
    synchronized (out) {
      out.write(frame);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
