package io.millrace.schema;

import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import org.apache.avro.generic.GenericRecord;

/**
 * One service's predictions as the values of Kafka records: {@link PredictionRecords} in
 * Confluent's wire format. Not thread-safe.
 */
public final class PredictionCodec {
  private final PredictionRecords records;
  private final RecordCodec codec;

  /**
   * Asks the registry nothing yet.
   *
   * @param topic whose subject {@code <topic>-value} holds the schema
   * @param vector the names and types of the service's vector
   */
  public PredictionCodec(String topic, RowSchema vector, SchemaRegistry registry) {
    this.records = new PredictionRecords(vector);
    this.codec = new RecordCodec(topic, records.schema(), registry);
  }

  /**
   * The bytes of a prediction; registers the schema when first called.
   *
   * @throws IncompatibleSchemaException if the registry refuses the schema
   */
  public byte[] encode(Prediction prediction) {
    return codec.encode(records.toAvro(prediction));
  }

  /**
   * The prediction in some bytes.
   *
   * @throws MalformedRecordException if they hold none
   */
  public Prediction decode(byte[] value) throws MalformedRecordException {
    return records.fromAvro(codec.decode(value));
  }

  /** The prediction as a record, for Parquet. */
  public GenericRecord toAvro(Prediction prediction) {
    return records.toAvro(prediction);
  }
}
