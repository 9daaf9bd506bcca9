package io.millrace.offline.erasure;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.Subject;
import io.millrace.offline.OfflineException;
import io.millrace.offline.erasure.ColumnRows.Cut;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Takes a subject out of all tables of an offline store. A row is the subject's if its column of
 * that name has the value; a prediction, what a candidate would have answered and an outcome also
 * if its request is the subject's, or if its request key or vector has the value; a dead letter if
 * its payload has it.
 *
 * <p>Predictions go before events, by which they are found, so that a run that is cut off is gone
 * on with by the next. Not thread-safe.
 */
public final class StoreErasure {
  private static final List<String> BY_REQUEST = List.of("predictions", "shadow", "outcomes");
  private static final List<String> OF_EVENTS = List.of("events", "late");
  private static final List<String> OF_FEATURE_JOBS =
      List.of("events", "late", "features", "predictions", "shadow", "dead-letters");

  // As Flink's file sink names what is not committed.
  private static final String IN_PROGRESS = ".inprogress.";

  private final StorePlace store;
  private final Definitions definitions;
  private final Subject subject;
  private final Erasure erasure;
  private final InstantSource clock;

  public StoreErasure(
      StorePlace store,
      Definitions definitions,
      Subject subject,
      Erasure erasure,
      InstantSource clock) {
    this.store = store;
    this.definitions = definitions;
    this.subject = subject;
    this.erasure = erasure;
    this.clock = clock;
  }

  /**
   * Erases.
   *
   * @param gone what was known by then, wall clock, goes too, also if it came after the erasure was
   *     asked for; {@code Long.MAX_VALUE} while all jobs refuse the subject and hold nothing of it
   * @param letters dead letters of the subject, by what is in them
   * @return a report for each table that had the subject
   * @throws OfflineException if a table cannot be read or written; those before it are done
   */
  public List<TableReport> run(long gone, Predicate<DeadLetter> letters) {
    Cut made = new Cut(erasure.untilMs(), Math.max(erasure.atMs(), gone));
    Set<String> ids = new HashSet<>();
    Map<String, SubjectRows> rows = new HashMap<>();
    List<String> tables = new ArrayList<>(store.tables());
    tables.sort(Comparator.comparing(table -> OF_EVENTS.contains(kindOf(table)) ? 1 : 0));
    // Once before anything is removed, to know the requests.
    for (String table : tables) {
      if (OF_EVENTS.contains(kindOf(table))) {
        SubjectRows finder = events(table, ids, made);
        rows.put(table, finder);
        TableScan.each(store.files(table), clock, finder::rowsOf);
      }
    }
    for (String table : tables) {
      String kind = kindOf(table);
      if (BY_REQUEST.contains(kind)) {
        rows.put(table, new PredictionRows(subject, ids, keyParts(), made));
      } else if (kind.equals("dead-letters")) {
        rows.put(table, new DeadLetterRows(letters));
      } else if (!OF_EVENTS.contains(kind)) {
        // A row of a view is as of just after its newest event.
        Cut after = new Cut(erasure.untilMs() + 1, made.knownMs());
        rows.put(table, new ColumnRows(subject.column(), subject, after));
      }
    }
    List<TableReport> reports = new ArrayList<>();
    for (String table : tables) {
      new TableErasure(store.files(table), table, rows.get(table), clock)
          .run()
          .ifPresent(reports::add);
    }
    return reports;
  }

  /**
   * Files that a job began, did not end and left behind: no reader sees them, but they may have the
   * subject. They are not deleted, since they may be of a job that nobody knows of. In an object
   * store there are none to be seen: what was not ended is no object.
   *
   * @param before they were written last
   * @param monitored services whose monitoring jobs have obeyed too
   * @throws OfflineException if a table cannot be listed
   */
  public List<String> leftBehind(Instant before, Collection<String> monitored) {
    List<String> left = new ArrayList<>();
    Set<String> outcomes =
        monitored.stream().map(service -> "outcomes/" + service).collect(Collectors.toSet());
    for (String table : store.tables()) {
      if (!OF_FEATURE_JOBS.contains(kindOf(table)) && !outcomes.contains(table)) {
        continue;
      }
      StoreFiles files = store.files(table);
      try {
        for (String folder : files.list("")) {
          for (String name : folder.startsWith("dt=") ? files.list(folder) : List.<String>of()) {
            String path = folder + "/" + name;
            if (name.contains(IN_PROGRESS)
                && files.time(path).filter(time -> time.isBefore(before)).isPresent()) {
              left.add(files.place() + "/" + path);
            }
          }
        }
      } catch (IOException e) {
        throw new OfflineException("the table at " + files.place() + " cannot be listed: " + e, e);
      }
    }
    left.sort(Comparator.naturalOrder());
    return left;
  }

  /**
   * The subject's keys in each view's rows, as {@link EntityKey} texts.
   *
   * @param view whose rows are looked through
   */
  public Set<String> keysOf(FeatureView view) {
    Set<String> keys = new HashSet<>();
    List<String> columns = view.entity().keys();
    TableScan.each(
        store.files("features/" + view.name() + "/v" + view.version()),
        clock,
        file -> {
          RowSchema schema = schemaOf(file);
          new ColumnRows(
                  subject.column(),
                  subject,
                  new Cut(Long.MAX_VALUE, Long.MAX_VALUE),
                  columns,
                  row -> keys.add(keyOf(row, columns, schema)))
              .rowsOf(file);
        });
    return keys;
  }

  private static RowSchema schemaOf(Path file) {
    try (ParquetRowReader reader = ParquetRowReader.open(file)) {
      return reader.fileSchema();
    }
  }

  private static String keyOf(Values row, List<String> columns, RowSchema schema) {
    String[] parts = new String[columns.size()];
    for (int i = 0; i < parts.length; i++) {
      parts[i] =
          Subject.valueOf(row, i, schema.field(schema.requireIndexOf(columns.get(i))).type());
    }
    return EntityKey.of(parts).text();
  }

  private static String kindOf(String table) {
    int slash = table.indexOf('/');
    return slash < 0 ? table : table.substring(0, slash);
  }

  private SubjectRows events(String table, Set<String> ids, Cut cut) {
    String name = table.substring(table.indexOf('/') + 1);
    Optional<EventSource> source =
        definitions.sources().stream().filter(one -> one.name().equals(name)).findFirst();
    if (source.isEmpty()) {
      return new ColumnRows(subject.column(), subject, cut);
    }
    String topic = source.get().topic();
    return new ColumnRows(
        subject.column(),
        subject,
        cut,
        List.of("source_partition", "source_offset"),
        row -> ids.add(new Position(topic, (int) row.longAt(0), row.longAt(1)).toString()));
  }

  /** Of each service whose label is joined on the subject's column, which part that is. */
  private Map<String, Integer> keyParts() {
    Map<String, Integer> parts = new HashMap<>();
    for (FeatureService service : definitions.services()) {
      service
          .label()
          .map(label -> label.on().indexOf(subject.column()))
          .filter(part -> part >= 0)
          .ifPresent(part -> parts.put(service.name(), part));
    }
    return parts;
  }
}
