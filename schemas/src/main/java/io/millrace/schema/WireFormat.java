package io.millrace.schema;

/**
 * The frame of a Kafka record's value, Confluent's wire format:
 *
 * <pre>
 * byte 0     0
 * byte 1-4   the id of the writer's schema, big-endian, 0 or more
 * byte 5-    the record in Avro's binary encoding, nothing after it
 * </pre>
 */
final class WireFormat {
  static final int HEADER_BYTES = 5;

  private static final byte MAGIC = 0;

  private WireFormat() {}

  static void putHeader(byte[] to, int schemaId) {
    to[0] = MAGIC;
    to[1] = (byte) (schemaId >>> 24);
    to[2] = (byte) (schemaId >>> 16);
    to[3] = (byte) (schemaId >>> 8);
    to[4] = (byte) schemaId;
  }

  /**
   * @throws MalformedRecordException if there is no such frame
   */
  static int schemaId(byte[] value) throws MalformedRecordException {
    if (value.length < HEADER_BYTES) {
      throw malformed(
          "a record in the Confluent wire format has 5 bytes at least, but this one has "
              + value.length);
    }
    if (value[0] != MAGIC) {
      throw malformed(
          "a record in the Confluent wire format begins with the byte 0, but this one with "
              + (value[0] & 0xFF)
              + "; write it with an Avro serializer of the schema registry");
    }
    int id =
        (value[1] & 0xFF) << 24
            | (value[2] & 0xFF) << 16
            | (value[3] & 0xFF) << 8
            | (value[4] & 0xFF);
    if (id < 0) {
      throw malformed("a schema id is 0 or more, but this one is " + id);
    }
    return id;
  }

  static MalformedRecordException malformed(String detail) {
    return new MalformedRecordException(MalformedRecordException.MALFORMED, detail);
  }
}
