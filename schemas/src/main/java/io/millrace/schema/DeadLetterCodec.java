package io.millrace.schema;

import io.millrace.feature.DeadLetter;
import org.apache.avro.generic.GenericRecord;

/**
 * Dead letters as the values of Kafka records: {@link DeadLetterRecords} in Confluent's wire
 * format. Not thread-safe.
 */
public final class DeadLetterCodec {
  private final RecordCodec codec;

  /**
   * Asks the registry nothing yet.
   *
   * @param topic whose subject {@code <topic>-value} holds the schema
   */
  public DeadLetterCodec(String topic, SchemaRegistry registry) {
    this.codec = new RecordCodec(topic, DeadLetterRecords.SCHEMA, registry);
  }

  /**
   * The bytes of a letter; registers the schema when first called.
   *
   * @throws IncompatibleSchemaException if the registry refuses the schema
   */
  public byte[] encode(DeadLetter letter) {
    return codec.encode(toAvro(letter));
  }

  /**
   * The letter in some bytes.
   *
   * @throws MalformedRecordException if they hold none
   */
  public DeadLetter decode(byte[] value) throws MalformedRecordException {
    GenericRecord record = codec.decode(value);
    try {
      return DeadLetterRecords.fromAvro(record);
    } catch (IllegalArgumentException e) {
      throw WireFormat.malformed("the dead letter's origin is none: " + e.getMessage());
    }
  }

  /** The letter as a record, for Parquet. */
  public GenericRecord toAvro(DeadLetter letter) {
    return DeadLetterRecords.toAvro(letter);
  }
}
