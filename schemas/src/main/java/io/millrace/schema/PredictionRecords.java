package io.millrace.schema;

import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/**
 * One service's predictions as Avro records, for topics and Parquet files alike: the columns of
 * {@link Prediction} in snake case, instants as {@code timestamp-millis}, and the vector as a
 * nested record with a nullable, typed field for each feature. Immutable and thread-safe.
 */
public final class PredictionRecords {
  private static final String NAMESPACE = "io.millrace";

  private final RowSchema vector;
  private final Schema schema;
  private final Schema vectorSchema;
  private final List<AvroColumn> vectorColumns;

  /**
   * @param vector the names and types of the service's vector
   * @throws IllegalArgumentException if a name in it is none in Avro
   */
  public PredictionRecords(RowSchema vector) {
    this.vector =
        new RowSchema(
            vector.name(),
            vector.fields().stream()
                .map(f -> io.millrace.feature.Field.nullable(f.name(), f.type()))
                .toList());
    this.vectorSchema = AvroRows.avroSchema(this.vector, NAMESPACE + ".vector");
    this.vectorColumns = AvroRows.columns(vectorSchema);
    this.schema =
        Schema.createRecord(
            "Prediction",
            "A score with the vector and the model that made it.",
            NAMESPACE,
            false,
            List.of(
                field("id", AvroTypes.string(), "topic-partition@offset of the request"),
                field("request_key", AvroTypes.string(), "what the label is joined on"),
                field("service", AvroTypes.string(), "whose vector it is"),
                field("model", AvroTypes.string(), "the model's name"),
                field("model_version", Schema.create(Schema.Type.INT), "1 or more"),
                field("request_time", AvroTypes.timestamp(), "event time of the request"),
                field("appended_at", AvroTypes.timestamp(), "wall clock of the request's append"),
                field("scored_at", AvroTypes.timestamp(), "wall clock of the score"),
                field("vector", vectorSchema, "the values that the model read"),
                field("score", Schema.create(Schema.Type.DOUBLE), "in [0, 1] for a classifier")));
  }

  private static Schema.Field field(String name, Schema type, String doc) {
    return new Schema.Field(name, type, doc);
  }

  public Schema schema() {
    return schema;
  }

  public GenericRecord toAvro(Prediction prediction) {
    GenericData.Record record = new GenericData.Record(schema);
    record.put("id", prediction.id());
    record.put("request_key", prediction.requestKey());
    record.put("service", prediction.service());
    record.put("model", prediction.model());
    record.put("model_version", prediction.modelVersion());
    record.put("request_time", prediction.requestTimeMs());
    record.put("appended_at", prediction.appendedAtMs());
    record.put("scored_at", prediction.scoredAtMs());
    record.put("vector", AvroRows.record(vectorSchema, vectorColumns, vector, prediction.vector()));
    record.put("score", prediction.score());
    return record;
  }

  public Prediction fromAvro(GenericRecord record) {
    return new Prediction(
        record.get("id").toString(),
        record.get("request_key").toString(),
        record.get("service").toString(),
        record.get("model").toString(),
        (Integer) record.get("model_version"),
        (Long) record.get("request_time"),
        (Long) record.get("appended_at"),
        (Long) record.get("scored_at"),
        AvroRows.values((GenericRecord) record.get("vector"), vector),
        (Double) record.get("score"));
  }
}
