package io.millrace.schema;

import io.millrace.feature.EventSource;
import io.millrace.feature.Values;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;

/**
 * Changes to the rows of a table, as Debezium's envelope in Confluent's wire format: {@code before}
 * and {@code after}, each the row or null, and {@code op}. The source's schema is the row's; what
 * else the envelope holds ({@code ts_ms}, {@code source}, {@code transaction}) is skipped, and rows
 * of another version are resolved by Avro's rules. Not thread-safe.
 *
 * <pre>
 * op        before    after
 * c, r      ignored   the row       created, or read at a snapshot
 * u         the row   the row       updated
 * d         the row   ignored       deleted
 * </pre>
 *
 * Source: Debezium's documentation, "Data change events".
 */
public final class ChangeCodec {
  private static final String FULL_ROWS =
      "; the database must log whole rows: in PostgreSQL ALTER TABLE ... REPLICA IDENTITY FULL, in"
          + " MySQL binlog_row_image=FULL";

  private static final int UNREGISTERED = -1;

  private final String subject;
  private final String envelope;
  private final SchemaRegistry registry;
  private final EventCodec rows;
  private final WriterSchemas<Envelope> envelopes;
  private int schemaId = UNREGISTERED;

  /**
   * Asks the registry nothing yet.
   *
   * @throws IllegalArgumentException as {@link EventCodec} does
   */
  public ChangeCodec(EventSource source, SchemaRegistry registry) {
    this.subject = SchemaRegistry.valueSubject(source.topic());
    this.envelope = envelopeOf(source.avro());
    this.registry = registry;
    this.rows = new EventCodec(source, registry);
    this.envelopes = new WriterSchemas<>(registry, Envelope::new, System::nanoTime);
  }

  /**
   * Registers an envelope of the source's schema under {@code <topic>-value}, unless this codec
   * did: {@code before}, {@code after} and {@code op}.
   *
   * @return the schema's id
   * @throws IncompatibleSchemaException if the registry refuses it
   */
  public int register() {
    if (schemaId == UNREGISTERED) {
      schemaId = registry.register(subject, envelope);
    }
    return schemaId;
  }

  /**
   * The bytes of a change; registers the envelope when first called.
   *
   * @throws IllegalArgumentException naming the field, if null or a value is not allowed there
   */
  public byte[] encode(Change change) {
    int id = register();
    return rows.encoded(
        id,
        () -> {
          write(change.before());
          write(change.after());
          boolean both = change.before().isPresent() && change.after().isPresent();
          rows.encoder().writeString(both ? "u" : change.after().isPresent() ? "c" : "d");
        });
  }

  private void write(Optional<Values> row) throws IOException {
    rows.encoder().writeIndex(row.isPresent() ? 1 : 0);
    if (row.isPresent()) {
      rows.write(row.get());
    }
  }

  /** As the class draws it; the row's schema is written out where it comes first. */
  private static String envelopeOf(String rowJson) {
    Schema row = new Schema.Parser().parse(rowJson);
    Schema optional = Schema.createUnion(Schema.create(Schema.Type.NULL), row);
    return Schema.createRecord(
            "Envelope",
            "A change to a row.",
            row.getFullName(),
            false,
            List.of(
                new Schema.Field("before", optional, "", Schema.Field.NULL_DEFAULT_VALUE),
                new Schema.Field("after", optional, "", Schema.Field.NULL_DEFAULT_VALUE),
                new Schema.Field("op", Schema.create(Schema.Type.STRING))))
        .toString();
  }

  /**
   * The change in some bytes.
   *
   * @throws MalformedRecordException if they hold none that can be used: {@code malformed} or
   *     {@code unknown-schema}, with the fix
   * @throws SchemaRegistryException if the registry cannot be asked for a schema not met before
   */
  public Change decode(byte[] value) throws MalformedRecordException {
    int id = WireFormat.schemaId(value);
    Envelope envelope = envelopes.byId(id);
    if (!envelope.problem.isEmpty()) {
      throw WireFormat.malformed("schema " + id + envelope.problem);
    }
    rows.decoder().reset(value, WireFormat.HEADER_BYTES);
    try {
      envelope.read();
    } catch (IOException | RuntimeException e) {
      // RuntimeException: Avro's resolver answers hostile bytes with several kinds of it.
      throw WireFormat.malformed(
          "the bytes are no change of "
              + rows.name()
              + " as schema "
              + id
              + " describes it: "
              + (e.getMessage() == null ? e.toString() : e.getMessage()));
    }
    if (rows.decoder().remaining() > 0) {
      throw WireFormat.malformed(
          rows.decoder().remaining() + " bytes follow a whole change of " + rows.name());
    }
    return envelope.change();
  }

  /** One writer's envelope, read field by field in its order. */
  private final class Envelope {
    private final List<Schema.Field> fields;
    // Why this is no envelope; empty if it is one.
    private final String problem;
    // For before and after: the number of the null branch or -1, that of the row's or -1, its
    // reader.
    private final int[] nullBranch = {-1, -1};
    private final int[] rowBranch = {-1, -1};
    private final EventCodec.Reader[] readers = new EventCodec.Reader[2];
    private final Values[] row = new Values[2];
    private String op = "";

    Envelope(Schema writer) {
      boolean record = writer.getType() == Schema.Type.RECORD;
      this.fields = record ? writer.getFields() : List.of();
      boolean whole =
          record
              && isRow(writer.getField("before"), 0)
              && isRow(writer.getField("after"), 1)
              && isText(writer.getField("op"));
      this.problem =
          whole
              ? ""
              : " is no envelope of Debezium, a record with before and after (null or the row) and"
                  + " op; if the connector unwraps its records, leave out changes: debezium";
    }

    private boolean isRow(Schema.Field field, int side) {
      if (field == null) {
        return false;
      }
      Schema row = null;
      if (field.schema().getType() == Schema.Type.UNION) {
        List<Schema> branches = field.schema().getTypes();
        for (int i = 0; i < branches.size(); i++) {
          if (branches.get(i).getType() == Schema.Type.NULL) {
            nullBranch[side] = i;
          } else {
            rowBranch[side] = i;
            row = branches.get(i);
          }
        }
        if (branches.size() > 2) {
          return false;
        }
      } else {
        row = field.schema();
      }
      if (row == null || row.getType() != Schema.Type.RECORD) {
        return false;
      }
      readers[side] = rows.reader(row);
      return true;
    }

    private static boolean isText(Schema.Field field) {
      return field != null && field.schema().getType() == Schema.Type.STRING;
    }

    void read() throws IOException {
      BoundedDecoder decoder = rows.decoder();
      for (Schema.Field field : fields) {
        switch (field.name()) {
          case "before" -> row[0] = readRow(0, decoder);
          case "after" -> row[1] = readRow(1, decoder);
          case "op" -> op = decoder.readString();
          default -> GenericDatumReader.skip(field.schema(), decoder);
        }
      }
    }

    /** The row, or null where there is none. */
    private Values readRow(int side, BoundedDecoder decoder) throws IOException {
      if (rowBranch[side] >= 0) {
        int branch = decoder.readIndex();
        if (branch == nullBranch[side]) {
          return null;
        }
        if (branch != rowBranch[side]) {
          throw new IOException(
              (side == 0 ? "before" : "after") + " has no branch " + branch + " in its union");
        }
      }
      return readers[side].read();
    }

    Change change() throws MalformedRecordException {
      Optional<Values> before = Optional.ofNullable(row[0]);
      Optional<Values> after = Optional.ofNullable(row[1]);
      return switch (op) {
        case "c", "r" -> new Change(Optional.empty(), required(after, "after", ""));
        case "u" -> new Change(required(before, "before", FULL_ROWS), required(after, "after", ""));
        case "d" -> new Change(required(before, "before", FULL_ROWS), Optional.empty());
        default ->
            throw WireFormat.malformed(
                "op is c (created), r (read), u (updated) or d (deleted), but it is '"
                    + op
                    + "'; have the connector leave out others with skipped.operations");
      };
    }

    private Optional<Values> required(Optional<Values> row, String side, String fix)
        throws MalformedRecordException {
      if (row.isEmpty()) {
        throw WireFormat.malformed(
            "a change with op " + op + " has a row in " + side + ", but it is null" + fix);
      }
      return row;
    }
  }
}
