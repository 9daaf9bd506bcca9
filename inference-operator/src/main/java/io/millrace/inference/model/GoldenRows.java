package io.millrace.inference.model;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/**
 * Vectors with the scores that the trainer itself gave them: what a model must reproduce before it
 * is used. In a bundle's folder they are {@code golden.avro}, an Avro object container whose
 * records have the vector's values in order ({@code v0}, {@code v1} ..., each with its feature's
 * name as {@code doc}) and {@code expected_score}.
 *
 * @param vectors in the order and types of the bundle's contract
 * @param expected the trainer's scores, one a vector
 */
public record GoldenRows(List<Values> vectors, float[] expected) {
  /** The fewest rows of a bundle. */
  public static final int FEWEST = 1_000;

  static final String FILE = "golden.avro";
  private static final String EXPECTED = "expected_score";

  public GoldenRows {
    vectors = List.copyOf(vectors);
    if (vectors.size() != expected.length || vectors.size() < FEWEST) {
      throw new IllegalArgumentException(
          vectors.size()
              + " golden vectors and "
              + expected.length
              + " scores; give one score a vector, and at least "
              + FEWEST);
    }
  }

  void write(Path file, RowSchema schema) throws IOException {
    Schema avro = avro(schema);
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(avro))) {
      writer.setCodec(CodecFactory.deflateCodec(6));
      writer.create(avro, file.toFile());
      for (int row = 0; row < expected.length; row++) {
        GenericRecord record = new GenericData.Record(avro);
        for (int i = 0; i < schema.size(); i++) {
          record.put(i, vectors.get(row).boxedAt(i, schema.field(i).type()));
        }
        record.put(EXPECTED, expected[row]);
        writer.append(record);
      }
    }
  }

  /**
   * @throws ModelRefusedException if the file's columns are not those of the contract
   */
  static GoldenRows read(Path file, RowSchema schema) throws IOException {
    Schema avro = avro(schema);
    List<Values> vectors = new ArrayList<>();
    List<Float> expected = new ArrayList<>();
    File input = file.toFile();
    try (DataFileReader<GenericRecord> reader =
        new DataFileReader<>(input, new GenericDatumReader<>())) {
      // As texts: the names are in the docs, which equals() passes over.
      if (!reader.getSchema().toString().equals(avro.toString())) {
        throw new ModelRefusedException(
            file + " has other columns than the contract in bundle.json");
      }
      for (GenericRecord record : reader) {
        Values vector = new Values(schema.size());
        for (int i = 0; i < schema.size(); i++) {
          vector.setBoxed(i, record.get(i));
        }
        vectors.add(vector);
        expected.add((Float) record.get(EXPECTED));
      }
    }
    float[] scores = new float[expected.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = expected.get(i);
    }
    return new GoldenRows(vectors, scores);
  }

  private static Schema avro(RowSchema schema) {
    SchemaBuilder.FieldAssembler<Schema> fields =
        SchemaBuilder.record("GoldenRow").namespace("io.millrace.model").fields();
    for (int i = 0; i < schema.size(); i++) {
      Field field = schema.field(i);
      Schema type = SchemaBuilder.unionOf().nullType().and().type(type(field.type())).endUnion();
      fields.name("v" + i).doc(field.name()).type(type).noDefault();
    }
    return fields.requiredFloat(EXPECTED).endRecord();
  }

  private static Schema type(ValueType type) {
    return switch (type) {
      case INT64, TIMESTAMP -> Schema.create(Schema.Type.LONG);
      case FLOAT64 -> Schema.create(Schema.Type.DOUBLE);
      case BOOL -> Schema.create(Schema.Type.BOOLEAN);
      case STRING -> Schema.create(Schema.Type.STRING);
    };
  }
}
