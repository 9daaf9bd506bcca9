package io.millrace.schema;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Avro records of one schema in the wire format, for records that are nested. Not thread-safe. */
final class RecordCodec {
  private final String subject;
  private final Schema schema;
  private final SchemaRegistry registry;
  private final GenericDatumWriter<GenericRecord> writer;
  private final WriterSchemas<GenericDatumReader<GenericRecord>> readers;
  private final BoundedDecoder decoder = new BoundedDecoder();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
  private byte[] header;
  private BinaryEncoder encoder;

  RecordCodec(String topic, Schema schema, SchemaRegistry registry) {
    this.subject = SchemaRegistry.valueSubject(topic);
    this.schema = schema;
    this.registry = registry;
    this.writer = new GenericDatumWriter<>(schema);
    this.readers =
        new WriterSchemas<>(
            registry, written -> new GenericDatumReader<>(written, schema), System::nanoTime);
  }

  byte[] encode(GenericRecord record) {
    if (header == null) {
      byte[] made = new byte[WireFormat.HEADER_BYTES];
      WireFormat.putHeader(made, registry.register(subject, schema.toString()));
      header = made;
    }
    out.reset();
    out.write(header, 0, header.length);
    encoder = EncoderFactory.get().binaryEncoder(out, encoder);
    try {
      writer.write(record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("an array refused to be written", e);
    } catch (RuntimeException e) {
      encoder = null; // it holds half a record
      throw e;
    }
    return out.toByteArray();
  }

  GenericRecord decode(byte[] value) throws MalformedRecordException {
    int id = WireFormat.schemaId(value);
    GenericDatumReader<GenericRecord> reader = readers.byId(id);
    decoder.reset(value, WireFormat.HEADER_BYTES);
    GenericRecord record;
    try {
      record = reader.read(null, decoder);
    } catch (IOException | RuntimeException e) {
      // RuntimeException: Avro's reader answers hostile bytes with several kinds of it.
      throw WireFormat.malformed(
          "the bytes are no "
              + schema.getFullName()
              + " as schema "
              + id
              + " describes it: "
              + (e.getMessage() == null ? e.toString() : e.getMessage()));
    }
    if (decoder.remaining() > 0) {
      throw WireFormat.malformed(
          decoder.remaining() + " bytes follow a whole " + schema.getFullName());
    }
    return record;
  }
}
