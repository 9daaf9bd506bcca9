package io.millrace.server.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What a seeded adversary does to good requests. */
final class Mutations {
  private static final List<String> TOKENS =
      List.of(
          "null",
          "true",
          "-1",
          "0",
          "1e400",
          "-1e400",
          "NaN",
          "9223372036854775808",
          "123456789012345678901234567890123456789012345678901234567890",
          "0.1e-400",
          "\"\"",
          "\"nobody\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "[]",
          "{}",
          "[[1],[2,3]]",
          "{\"a\":{\"b\":[]}}",
          "\"card\"",
          "\"fraud_v1\"",
          "\"INT64\"",
          "\"FP16\"",
          "\"BYTES\"");

  private final Random random;

  Mutations(Random random) {
    this.random = random;
  }

  /** A body that was good, changed in one to four places. */
  byte[] json(String good) {
    byte[] body = good.getBytes(StandardCharsets.UTF_8);
    for (int i = random.nextInt(4); i >= 0; i--) {
      body =
          switch (random.nextInt(9)) {
            case 0 -> flipped(body);
            case 1 -> truncated(body);
            case 2 -> doubled(body);
            case 3 -> inserted(body, new byte[] {(byte) 0xC3, (byte) 0x28, (byte) 0xFF});
            case 4, 5, 6 -> tokenReplaced(body);
            case 7 -> nested(body);
            default -> body;
          };
    }
    return body;
  }

  /** A message that was good, changed in one to four places. */
  byte[] protobuf(byte[] good) {
    byte[] body = good;
    for (int i = random.nextInt(4); i >= 0; i--) {
      body =
          switch (random.nextInt(6)) {
            case 0, 1 -> flipped(body);
            case 2 -> truncated(body);
            case 3 -> doubled(body);
            case 4 -> inserted(body, random(1 + random.nextInt(12)));
            default -> body;
          };
    }
    return body;
  }

  /** gRPC's frame around a message, now and then a wrong one. */
  byte[] framed(byte[] message) {
    int length =
        random.nextInt(20) > 0
            ? message.length
            : List.of(0, message.length - 1, message.length + 7, Integer.MAX_VALUE, -1)
                .get(random.nextInt(5));
    byte flags = random.nextInt(30) > 0 ? 0 : (byte) random.nextInt(256);
    byte[] frame = new byte[5 + message.length];
    frame[0] = flags;
    frame[1] = (byte) (length >>> 24);
    frame[2] = (byte) (length >>> 16);
    frame[3] = (byte) (length >>> 8);
    frame[4] = (byte) length;
    System.arraycopy(message, 0, frame, 5, message.length);
    return frame;
  }

  /** gRPC's frame around a message. */
  static byte[] framedWell(byte[] message) {
    return ByteBuffer.allocate(5 + message.length)
        .put((byte) 0)
        .putInt(message.length)
        .put(message)
        .array();
  }

  byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] flipped(byte[] body) {
    if (body.length == 0) {
      return body;
    }
    byte[] copy = body.clone();
    copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
    return copy;
  }

  private byte[] truncated(byte[] body) {
    return Arrays.copyOf(body, random.nextInt(body.length + 1));
  }

  private byte[] doubled(byte[] body) {
    return inserted(body, Arrays.copyOf(body, Math.min(body.length, 2_000)));
  }

  private byte[] inserted(byte[] body, byte[] piece) {
    int at = random.nextInt(body.length + 1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(body, 0, at);
    out.writeBytes(piece);
    out.write(body, at, body.length - at);
    return out.toByteArray();
  }

  /** Replaces what stands between two marks of JSON. */
  private byte[] tokenReplaced(byte[] body) {
    int from = random.nextInt(body.length + 1);
    while (from < body.length && ":[,".indexOf(body[from]) < 0) {
      from++;
    }
    if (from == body.length) {
      return body;
    }
    int to = from + 1;
    while (to < body.length && ",]}".indexOf(body[to]) < 0) {
      to++;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(body, 0, from + 1);
    out.writeBytes(TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8));
    out.write(body, to, body.length - to);
    return out.toByteArray();
  }

  private byte[] nested(byte[] body) {
    int depth = 1 + random.nextInt(5_000);
    String bracket = random.nextBoolean() ? "[" : "{\"a\":";
    return inserted(body, bracket.repeat(depth).getBytes(StandardCharsets.UTF_8));
  }
}
