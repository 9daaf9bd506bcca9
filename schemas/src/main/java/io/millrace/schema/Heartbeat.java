package io.millrace.schema;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.header.Header;

/**
 * Says on a partition how far event time has come, so that a quiet partition does not hold back the
 * others: "no event of this partition that follows is earlier than this instant". A heartbeat is a
 * Kafka record without a value and with this header:
 *
 * <pre>
 * millrace-heartbeat    8 bytes, big-endian: milliseconds since the epoch
 * </pre>
 *
 * Any producer may send them; none has to. Stateless.
 */
public final class Heartbeat {
  /** The header's name. */
  public static final String HEADER = "millrace-heartbeat";

  private Heartbeat() {}

  /** The header's value. */
  public static byte[] encode(long timeMs) {
    return ByteBuffer.allocate(Long.BYTES).putLong(timeMs).array();
  }

  /** The instant in a header's value; empty if it is none. */
  public static Optional<Long> decode(byte[] headerValue) {
    return headerValue != null && headerValue.length == Long.BYTES
        ? Optional.of(ByteBuffer.wrap(headerValue).getLong())
        : Optional.empty();
  }

  /**
   * The instant that a header says.
   *
   * @param header the record's last header named {@link #HEADER}, or null if it has none
   * @return empty if the record is no heartbeat
   */
  public static Optional<Long> timeOf(Header header) {
    return header == null ? Optional.empty() : decode(header.value());
  }
}
