package io.millrace.schema;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Position;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/** Dead letters as Avro records, for topics and Parquet files alike. Stateless. */
public final class DeadLetterRecords {
  /** The schema, as {@code dead-letter.avsc} beside this class says it. */
  public static final Schema SCHEMA = read("dead-letter.avsc");

  private DeadLetterRecords() {}

  public static GenericRecord toAvro(DeadLetter letter) {
    GenericData.Record record = new GenericData.Record(SCHEMA);
    record.put("source", letter.source());
    record.put("topic", letter.position().topic());
    record.put("partition", letter.position().partition());
    record.put("offset", letter.position().offset());
    record.put("at", letter.atMs());
    record.put("reason", letter.reason());
    record.put("detail", letter.detail());
    record.put("value", ByteBuffer.wrap(letter.value()));
    return record;
  }

  public static DeadLetter fromAvro(GenericRecord record) {
    ByteBuffer value = ((ByteBuffer) record.get("value")).duplicate();
    byte[] bytes = new byte[value.remaining()];
    value.get(bytes);
    return new DeadLetter(
        record.get("source").toString(),
        new Position(
            record.get("topic").toString(),
            (Integer) record.get("partition"),
            (Long) record.get("offset")),
        (Long) record.get("at"),
        record.get("reason").toString(),
        record.get("detail").toString(),
        bytes);
  }

  private static Schema read(String resource) {
    try (InputStream in = DeadLetterRecords.class.getResourceAsStream(resource)) {
      return new Schema.Parser().parse(in);
    } catch (IOException e) {
      throw new UncheckedIOException(resource + " cannot be read", e);
    }
  }
}
