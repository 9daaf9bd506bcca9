package io.millrace.server.train;

import io.millrace.feature.Event;
import io.millrace.feature.RowSchema;
import io.millrace.inference.TrainingRow;
import io.millrace.offline.training.TrainingCounts;
import io.millrace.offline.training.TrainingSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * The labelled requests of a service, split by time: those of {@code [from, to)} to learn from, and
 * those of {@code [to, until)} to be measured on. All lie in memory.
 *
 * @param schema the names and types of the vectors
 * @param snapshots by source the snapshot of its table that was read; empty if none was
 */
public record TrainingRows(
    RowSchema schema,
    List<TrainingRow> training,
    List<TrainingRow> evaluation,
    TrainingCounts counts,
    Map<String, Long> snapshots) {
  private static final int EVENTS_A_REPORT = 50_000;

  /**
   * Walks through the events once.
   *
   * @param events in the order of their times; those before {@code from} fill the windows, those
   *     after {@code until} tell labels
   * @param eventsRead hears now and then how many events were read
   */
  public static TrainingRows read(
      TrainingSet set, Iterator<Event> events, Instant to, LongConsumer eventsRead) {
    List<TrainingRow> training = new ArrayList<>();
    List<TrainingRow> evaluation = new ArrayList<>();
    TrainingCounts counts =
        set.walk(
            counted(events, eventsRead),
            row ->
                (row.requestTimeMs() < to.toEpochMilli() ? training : evaluation)
                    .add(new TrainingRow(row.vector(), row.label(), row.requestTimeMs())));
    return new TrainingRows(set.vectorSchema(), training, evaluation, counts, Map.of());
  }

  /** The same, read from these snapshots. */
  public TrainingRows ofSnapshots(Map<String, Long> bySource) {
    return new TrainingRows(schema, training, evaluation, counts, Map.copyOf(bySource));
  }

  private static <T> Iterator<T> counted(Iterator<T> events, LongConsumer eventsRead) {
    return new Iterator<>() {
      private long count;

      @Override
      public boolean hasNext() {
        return events.hasNext();
      }

      @Override
      public T next() {
        if (++count % EVENTS_A_REPORT == 0) {
          eventsRead.accept(count);
        }
        return events.next();
      }
    };
  }
}
