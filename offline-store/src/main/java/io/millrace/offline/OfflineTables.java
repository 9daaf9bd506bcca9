package io.millrace.offline;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.schema.AvroRows;
import io.millrace.schema.DeadLetterRecords;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.PredictionRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/**
 * The tables of the offline store.
 *
 * <pre>
 * events/SOURCE/dt=             every event that was applied, by event date
 * late/SOURCE/dt=               every event that came too late, by event date
 * features/VIEW/vN/dt=          every row of a view, by the date it is as of
 * predictions/MODEL/dt=         every score with its vector, by request date
 * shadow/MODEL/dt=              every score of a candidate beside the champion's, by request date
 * outcomes/SERVICE/dt=          every prediction with its label, by request date
 * drift/MODEL/dt=               every report, a row a feature, by the pane's first date
 * parity/SERVICE/dt=            every round of the continuous parity, by the date it was made
 * dead-letters/dt=              every record that could not be used, by the date it was refused
 * </pre>
 *
 * Dates are UTC. A column of ours that a definition uses too is refused when the table is made.
 */
public final class OfflineTables {
  /** When a row was known first, wall clock. */
  public static final String KNOWLEDGE_TIME = "knowledge_time";

  /** Of a source of changes: whether the event is taken back. */
  public static final String TAKEN_BACK = "taken_back";

  static final String SOURCE_PARTITION = "source_partition";
  static final String SOURCE_OFFSET = "source_offset";

  static final String EVENTS = "events";
  static final String LATE = "late";
  static final String FEATURES = "features";
  static final String PREDICTIONS = "predictions";
  static final String SHADOW = "shadow";
  static final String OUTCOMES = "outcomes";
  static final String DRIFT = "drift";
  static final String PARITY = "parity";
  static final String DEAD_LETTERS = "dead-letters";

  /** The folder of the predictions' tables, one a model. */
  public static final String PREDICTIONS_FOLDER = PREDICTIONS;

  private static final String NAMESPACE = "io.millrace.offline";
  private static final RowSchema ORIGIN =
      new RowSchema(
          "origin",
          List.of(
              Field.required(KNOWLEDGE_TIME, ValueType.TIMESTAMP),
              Field.required(SOURCE_PARTITION, ValueType.INT64),
              Field.required(SOURCE_OFFSET, ValueType.INT64)));
  private static final RowSchema CHANGE =
      new RowSchema("change", List.of(Field.required(TAKEN_BACK, ValueType.BOOL)));
  private static final List<Field> ROW_HEAD =
      List.of(
          Field.required("as_of", ValueType.TIMESTAMP),
          Field.nullable("last_event_time", ValueType.TIMESTAMP),
          Field.required("sequence", ValueType.INT64),
          Field.required(KNOWLEDGE_TIME, ValueType.TIMESTAMP),
          Field.nullable(SOURCE_PARTITION, ValueType.INT64),
          Field.nullable(SOURCE_OFFSET, ValueType.INT64));

  private OfflineTables() {}

  /**
   * The events of a source: its own columns, then {@code knowledge_time} and where it was read. Of
   * a source of changes also {@code taken_back}: such a row says that the event of the same values
   * is no more. Where the source has expectations that tag, {@code failed_expectations} follows:
   * the names of those that the event failed, with commas between them, or null.
   */
  public static OfflineTable<Known<Event>> events(EventSource source) {
    return eventTable(source, source.name(), EVENTS + "/" + source.name());
  }

  /** The late events of a source, with the columns of {@link #events}. */
  public static OfflineTable<Known<Event>> lateEvents(EventSource source) {
    return eventTable(source, "late_" + source.name(), LATE + "/" + source.name());
  }

  /** The columns of {@link #events} as they are read back, but for the tags. */
  public static RowSchema eventColumns(EventSource source) {
    RowSchema columns = new RowSchema(source.name(), source.schema().fields()).plus(ORIGIN);
    return source.changes().isPresent() ? columns.plus(CHANGE) : columns;
  }

  /**
   * The rows of a view: its key columns with the events' types, {@code as_of}, {@code
   * last_event_time}, {@code sequence}, {@code knowledge_time}, where the event that made the row
   * was read, null if time alone made it, then its features.
   *
   * @param events the columns of the view's events
   * @param features the names and types of the view's features, as its aggregator gives them
   */
  public static OfflineTable<KnownRow> features(
      FeatureView view, RowSchema events, RowSchema features) {
    List<Field> fields = new ArrayList<>();
    for (String key : view.entity().keys()) {
      fields.add(Field.required(key, events.field(events.requireIndexOf(key)).type()));
    }
    int keys = fields.size();
    fields.addAll(ROW_HEAD);
    fields.addAll(features.fields());
    RowSchema columns = new RowSchema(view.id(), fields);
    return of(
        view.id(),
        FEATURES + "/" + view.name() + "/v" + view.version(),
        columns,
        ColumnRoles.of("as_of").about(view.entity().keys()),
        known -> known.row().asOfMs(),
        known -> featureValues(known, columns, keys));
  }

  /**
   * The scores of a model, the vector as a group of columns ({@code vector.origin__late_1h}), and
   * where the request was read, null if it was asked otherwise.
   *
   * @param vector the names and types of the service's vector
   */
  public static OfflineTable<Prediction> predictions(String model, RowSchema vector) {
    PredictionRecords records = new PredictionRecords(vector);
    RequestOrigin origin = new RequestOrigin(records.schema());
    return new OfflineTable<>(
        "predictions_" + model,
        PREDICTIONS + "/" + model,
        origin.schema(),
        ColumnRoles.of("request_time", "request_key"),
        Prediction::requestTimeMs,
        prediction -> origin.record(records.toAvro(prediction), prediction.id()));
  }

  /** What candidates would have answered, beside what champions did, and where it was asked. */
  public static OfflineTable<ShadowScore> shadow(String model) {
    RequestOrigin origin = new RequestOrigin(LoopRecords.SHADOW_SCORE.schema());
    return new OfflineTable<>(
        "shadow_" + model,
        SHADOW + "/" + model,
        origin.schema(),
        ColumnRoles.of("request_time", "request_key"),
        ShadowScore::requestTimeMs,
        score -> origin.record(LoopRecords.SHADOW_SCORE.toAvro(score), score.predictionId()));
  }

  /** What came of the predictions of a service, and where the request was read. */
  public static OfflineTable<Outcome> outcomes(String service) {
    RequestOrigin origin = new RequestOrigin(LoopRecords.OUTCOME.schema());
    return new OfflineTable<>(
        "outcomes_" + service,
        OUTCOMES + "/" + service,
        origin.schema(),
        ColumnRoles.of("request_time", "request_key"),
        Outcome::requestTimeMs,
        outcome -> origin.record(LoopRecords.OUTCOME.toAvro(outcome), outcome.predictionId()));
  }

  /**
   * The reports on a model, a row a feature for the inputs of a pane and one row for its
   * performance.
   */
  public static OfflineTable<DriftRow> drift(String model) {
    return new OfflineTable<>(
        "drift_" + model,
        DRIFT + "/" + model,
        DriftRow.MAPPING.schema(),
        ColumnRoles.of("pane_start", "model"),
        DriftRow::paneStartMs,
        DriftRow.MAPPING::toAvro);
  }

  /** The rounds of the continuous parity of a service, rows of every {@link ParityRow.Kind}. */
  public static OfflineTable<ParityRow> parity(String service) {
    return new OfflineTable<>(
        "parity_" + service,
        PARITY + "/" + service,
        ParityRow.MAPPING.schema(),
        ColumnRoles.of("at", "service"),
        ParityRow::atMs,
        ParityRow.MAPPING::toAvro);
  }

  /** The records that could not be used, whatever their source. */
  public static OfflineTable<DeadLetter> deadLetters() {
    return new OfflineTable<>(
        "dead_letters",
        DEAD_LETTERS,
        DeadLetterRecords.SCHEMA,
        ColumnRoles.of("at", "source"),
        DeadLetter::atMs,
        DeadLetterRecords::toAvro);
  }

  /**
   * A table of any rows.
   *
   * @param folder below the store's root, with slashes
   * @param timeMs tells the day that a row lies in
   */
  public static <T> OfflineTable<T> of(
      String name,
      String folder,
      RowSchema columns,
      ToLongFunction<T> timeMs,
      Function<T, Values> values) {
    return of(name, folder, columns, ColumnRoles.NONE, timeMs, values);
  }

  /**
   * A table of any rows.
   *
   * @param roles what some of the columns are
   */
  public static <T> OfflineTable<T> of(
      String name,
      String folder,
      RowSchema columns,
      ColumnRoles roles,
      ToLongFunction<T> timeMs,
      Function<T, Values> values) {
    Schema schema = AvroRows.avroSchema(columns, NAMESPACE);
    ValueType[] types = columns.fields().stream().map(Field::type).toArray(ValueType[]::new);
    return new OfflineTable<>(
        name, folder, schema, roles, timeMs, row -> record(schema, types, values.apply(row)));
  }

  private static OfflineTable<Known<Event>> eventTable(
      EventSource source, String name, String folder) {
    int own = source.schema().size();
    Tags tags = Tags.of(source);
    RowSchema columns =
        tags.isEmpty() ? eventColumns(source) : eventColumns(source).plus(Tags.COLUMN);
    return of(
        name,
        folder,
        columns,
        ColumnRoles.of(source.time().field()).readFrom(SOURCE_PARTITION, SOURCE_OFFSET),
        known -> known.value().timeMs(),
        known -> eventValues(known, own, columns.size(), source.changes().isPresent(), tags));
  }

  private static Values eventValues(
      Known<Event> known, int own, int size, boolean changes, Tags tags) {
    Event event = known.value();
    Values values = new Values(size);
    for (int i = 0; i < own; i++) {
      values.copyFrom(i, event.values(), i);
    }
    values.setLong(own, known.knowledgeMs());
    values.setLong(own + 1, event.position().partition());
    values.setLong(own + 2, event.position().offset());
    int next = own + ORIGIN.size();
    if (changes) {
      values.setBoolean(next++, known.takenBack());
    }
    if (!tags.isEmpty()) {
      values.setBoxed(next, tags.failedBy(event.values()));
    }
    return values;
  }

  private static Values featureValues(KnownRow known, RowSchema columns, int keys) {
    FeatureRow row = known.row();
    Values values = new Values(columns.size());
    List<String> parts = row.key().parts();
    for (int i = 0; i < keys; i++) {
      switch (columns.field(i).type()) {
        case STRING -> values.setText(i, parts.get(i));
        case BOOL -> values.setBoolean(i, Boolean.parseBoolean(parts.get(i)));
        default -> values.setLong(i, Long.parseLong(parts.get(i)));
      }
    }
    values.setLong(keys, row.asOfMs());
    if (row.lastEventMs() != Long.MIN_VALUE) {
      values.setLong(keys + 1, row.lastEventMs());
    }
    values.setLong(keys + 2, row.sequence());
    values.setLong(keys + 3, known.knowledgeMs());
    if (known.order().isPresent()) {
      values.setLong(keys + 4, Position.partitionOf(known.order().getAsLong()));
      values.setLong(keys + 5, Position.offsetOf(known.order().getAsLong()));
    }
    int head = keys + ROW_HEAD.size();
    for (int i = head; i < columns.size(); i++) {
      values.copyFrom(i, row.values(), i - head);
    }
    return values;
  }

  /** The record's fields are the row's columns in their order, so no name is looked up. */
  private static GenericRecord record(Schema schema, ValueType[] types, Values values) {
    GenericRecord record = new GenericData.Record(schema);
    for (int i = 0; i < types.length; i++) {
      record.put(i, values.boxedAt(i, types[i]));
    }
    return record;
  }
}
