package io.millrace.schema;

import io.millrace.feature.EventSource;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.ResolvingDecoder;

/**
 * One source's events as the values of Kafka records: Avro in Confluent's wire format. What was
 * written with another version of the schema is resolved to the source's by Avro's rules. Values go
 * straight between bytes and rows, no Avro object between them. A list or map holds no nulls and
 * 65,536 items at most: a record that has others is malformed. Not thread-safe.
 *
 * <pre>
 * EventCodec codec = new EventCodec(source, registry);
 * producer.send(new ProducerRecord&lt;&gt;(source.topic(), codec.encode(values)));
 * Values values = codec.decode(record.value());
 * </pre>
 */
public final class EventCodec {
  private static final int UNREGISTERED = -1;

  private final String subject;
  private final String avroJson;
  private final Schema schema;
  private final RowSchema row;
  private final SchemaRegistry registry;
  private final AvroColumn[] columns;
  // The position in the row of each field of the Avro record.
  private final int[] indexes;
  private final WriterSchemas<Reader> readers;
  private final BoundedDecoder decoder = new BoundedDecoder();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);
  private final byte[] header = new byte[WireFormat.HEADER_BYTES];
  private BinaryEncoder encoder;
  private int schemaId = UNREGISTERED;

  /**
   * Asks the registry nothing yet.
   *
   * @throws IllegalArgumentException naming the field, if the source's columns are not those of its
   *     Avro schema
   */
  public EventCodec(EventSource source, SchemaRegistry registry) {
    this(source, registry, System::nanoTime);
  }

  /** Reads rows of a writer's schema from {@link #decoder}. */
  Reader reader(Schema writer) {
    return new Reader(writer);
  }

  /** From which the readers read. */
  BoundedDecoder decoder() {
    return decoder;
  }

  /** The row's name, for messages. */
  String name() {
    return schema.getFullName();
  }

  EventCodec(EventSource source, SchemaRegistry registry, LongSupplier nanoClock) {
    this.subject = SchemaRegistry.valueSubject(source.topic());
    this.avroJson = source.avro();
    this.schema = new Schema.Parser().parse(avroJson);
    this.row = source.schema();
    this.registry = registry;
    List<AvroColumn> all = AvroRows.columns(schema);
    this.columns = all.toArray(AvroColumn[]::new);
    this.indexes = new int[columns.length];
    for (AvroColumn column : all) {
      int index = row.requireIndexOf(column.name());
      AvroRows.requireType(schema, column, row.field(index));
      indexes[column.position()] = index;
    }
    if (columns.length != row.size()) {
      throw new IllegalArgumentException(
          "the source "
              + source.name()
              + " has "
              + row.size()
              + " columns, but its Avro schema has "
              + columns.length
              + " fields");
    }
    this.readers = new WriterSchemas<>(registry, Reader::new, nanoClock);
  }

  /**
   * Registers the source's schema under {@code <topic>-value}, unless this codec did.
   *
   * @return the schema's id
   * @throws IncompatibleSchemaException if the registry refuses it
   */
  public int register() {
    if (schemaId == UNREGISTERED) {
      schemaId = registry.register(subject, avroJson);
    }
    return schemaId;
  }

  /**
   * The bytes of an event; registers the schema when first called.
   *
   * @throws IllegalArgumentException naming the field, if null or a value is not allowed there
   */
  public byte[] encode(Values values) {
    int id = register();
    return encoded(id, () -> write(values));
  }

  /** Writes something to {@link #encoder}. */
  interface Body {
    void write() throws IOException;
  }

  /** A header and what is written after it. */
  byte[] encoded(int id, Body body) {
    WireFormat.putHeader(header, id);
    out.reset();
    out.write(header, 0, header.length);
    encoder = EncoderFactory.get().binaryEncoder(out, encoder);
    try {
      body.write();
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("an array refused to be written", e);
    } catch (IllegalArgumentException e) {
      encoder = null; // it holds half an event
      throw e;
    }
    return out.toByteArray();
  }

  /** Where a {@link Body} writes to. */
  BinaryEncoder encoder() {
    return encoder;
  }

  /** The row's columns, within a {@link Body}. */
  void write(Values values) throws IOException {
    for (int i = 0; i < columns.length; i++) {
      write(columns[i], values, indexes[i]);
    }
  }

  /**
   * The event in some bytes.
   *
   * @throws MalformedRecordException if they hold none: {@code malformed} or {@code unknown-schema}
   * @throws SchemaRegistryException if the registry cannot be asked for a schema not met before
   */
  public Values decode(byte[] value) throws MalformedRecordException {
    int id = WireFormat.schemaId(value);
    Reader reader = readers.byId(id);
    decoder.reset(value, WireFormat.HEADER_BYTES);
    Values values;
    try {
      values = reader.read();
    } catch (IOException | RuntimeException e) {
      // RuntimeException: Avro's resolver answers hostile bytes with several kinds of it.
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
          decoder.remaining()
              + " bytes follow a whole "
              + schema.getFullName()
              + " as schema "
              + id
              + " describes it");
    }
    return values;
  }

  private void write(AvroColumn column, Values values, int index) throws IOException {
    if (values.isNull(index)) {
      if (!column.nullable()) {
        throw new IllegalArgumentException(
            schema.getFullName() + "." + column.name() + " must not be null");
      }
      encoder.writeIndex(column.nullBranch());
      return;
    }
    if (column.union()) {
      encoder.writeIndex(column.valueBranch());
    }
    switch (column.kind()) {
      case INT -> encoder.writeInt(AvroTypes.requireInt(schema, column, values.longAt(index)));
      case LONG -> encoder.writeLong(values.longAt(index));
      case FLOAT -> encoder.writeFloat((float) values.doubleAt(index));
      case DOUBLE -> encoder.writeDouble(values.doubleAt(index));
      case BOOLEAN -> encoder.writeBoolean(values.booleanAt(index));
      case STRING -> encoder.writeString(values.textAt(index));
      case ENUM -> encoder.writeEnum(AvroTypes.requireSymbol(schema, column, values.textAt(index)));
      case ARRAY ->
          column.items().writeList(schema, column, (List<?>) values.objectAt(index), encoder);
      case MAP ->
          column.items().writeMap(schema, column, (Map<?, ?>) values.objectAt(index), encoder);
      default -> throw new IllegalStateException("no column is of the kind " + column.kind());
    }
  }

  private static void read(AvroColumn column, Decoder from, Values values, int index)
      throws IOException {
    if (column.union()) {
      int branch = from.readIndex();
      if (branch == column.nullBranch()) {
        from.readNull();
        return;
      }
      if (branch != column.valueBranch()) {
        throw new IOException(column.name() + " has no branch " + branch + " in its union");
      }
    }
    switch (column.kind()) {
      case INT -> values.setLong(index, from.readInt());
      case LONG -> values.setLong(index, from.readLong());
      case FLOAT -> values.setDouble(index, from.readFloat());
      case DOUBLE -> values.setDouble(index, from.readDouble());
      case BOOLEAN -> values.setBoolean(index, from.readBoolean());
      case STRING -> values.setText(index, from.readString());
      case ENUM -> {
        int symbol = from.readEnum();
        if (symbol < 0 || symbol >= column.symbols().size()) {
          throw new IOException(column.name() + " has no symbol " + symbol);
        }
        values.setText(index, column.symbols().get(symbol));
      }
      case ARRAY -> values.setList(index, column.items().readArray(column.name(), from));
      case MAP -> values.setMap(index, column.items().readMap(column.name(), from));
      default -> throw new IllegalStateException("no column is of the kind " + column.kind());
    }
  }

  /** Reads what one writer's schema wrote; null resolver where it is our own. */
  final class Reader {
    private final ResolvingDecoder resolver;

    Reader(Schema writer) {
      try {
        this.resolver =
            writer.equals(schema)
                ? null
                : DecoderFactory.get().resolvingDecoder(writer, schema, decoder);
      } catch (IOException e) {
        throw new UncheckedIOException("a resolver was refused", e);
      }
    }

    Values read() throws IOException {
      Values values = new Values(row.size());
      if (resolver == null) {
        for (int i = 0; i < columns.length; i++) {
          EventCodec.read(columns[i], decoder, values, indexes[i]);
        }
        return values;
      }
      resolver.configure(decoder); // forgets the half record that an exception may have left
      for (Schema.Field field : resolver.readFieldOrder()) {
        EventCodec.read(columns[field.pos()], resolver, values, indexes[field.pos()]);
      }
      resolver.drain();
      return values;
    }
  }
}
