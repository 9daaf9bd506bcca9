package io.millrace.schema;

/**
 * Records of the loop as the values of Kafka records, in Confluent's wire format. Not thread-safe.
 *
 * <pre>{@code
 * LoopCodec<DriftReport> codec = new LoopCodec<>("drift", LoopRecords.DRIFT_REPORT, registry);
 * byte[] value = codec.encode(report);
 * }</pre>
 *
 * @param <T> the kind of record
 */
public final class LoopCodec<T extends Record> {
  private final RecordMapping<T> mapping;
  private final RecordCodec codec;

  /**
   * Asks the registry nothing yet.
   *
   * @param topic whose subject {@code <topic>-value} holds the schema
   */
  public LoopCodec(String topic, RecordMapping<T> mapping, SchemaRegistry registry) {
    this.mapping = mapping;
    this.codec = new RecordCodec(topic, mapping.schema(), registry);
  }

  /**
   * The bytes of a record; registers the schema when first called.
   *
   * @throws IncompatibleSchemaException if the registry refuses the schema
   */
  public byte[] encode(T value) {
    return codec.encode(mapping.toAvro(value));
  }

  /**
   * The record in some bytes.
   *
   * @throws MalformedRecordException if they hold none
   */
  public T decode(byte[] value) throws MalformedRecordException {
    try {
      return mapping.fromAvro(codec.decode(value));
    } catch (IllegalArgumentException e) {
      throw WireFormat.malformed(e.getMessage());
    }
  }
}
