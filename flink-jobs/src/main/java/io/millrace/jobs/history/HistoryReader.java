package io.millrace.jobs.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.RecordedEvents;
import io.millrace.offline.history.RecordedEvents.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.MetricGroup;

/**
 * Reads its shares of the recorded events, the earliest event first. They come in order, so the
 * watermark follows each at once, but no further than the recorded past's own: beyond it, the
 * topics may still have events. Flink calls it from one thread.
 */
final class HistoryReader implements SourceReader<SourceRecord, HistorySplit> {
  private static final int EVENTS_A_POLL = 64;
  private static final int EVENTS_A_WATERMARK = 256;

  private final OfflineStore store;
  // Those that a view reads.
  private final List<EventSource> sources;
  private final Map<String, Integer> positionOf = new HashMap<>();
  private final List<Reading> readings = new ArrayList<>();
  private final CompletableFuture<Void> splitsKnown = new CompletableFuture<>();
  private boolean noMoreSplits;
  private long read;
  private long reachedMs;

  /** A split that is read. */
  private static final class Reading {
    private final HistorySplit split;
    private final RecordedEvents events;
    private Event last;
    private Known<Event> next;
    private SourceOutput<SourceRecord> output;
    private int sinceWatermark;

    private Reading(HistorySplit split, RecordedEvents events) {
      this.split = split;
      this.events = events;
    }

    /** The split as far as it is read now. */
    private HistorySplit rest() {
      return last == null ? split : split.readUpTo(Place.of(last));
    }
  }

  HistoryReader(MetricGroup metricGroup, DefinitionSet definitions, OfflineStore store) {
    this.store = store;
    List<EventSource> all = definitions.definitions().sources();
    List<FeatureView> views = definitions.definitions().views();
    this.sources =
        all.stream()
            .filter(source -> views.stream().anyMatch(v -> v.source().equals(source.name())))
            .toList();
    for (int i = 0; i < all.size(); i++) {
      positionOf.put(all.get(i).name(), i);
    }
    MetricGroup metrics = metricGroup.addGroup("millrace");
    metrics.gauge("historyRead", () -> read);
    metrics.gauge("historyReachedMs", () -> reachedMs);
  }

  @Override
  public void start() {}

  @Override
  public InputStatus pollNext(ReaderOutput<SourceRecord> output) {
    for (int i = 0; i < EVENTS_A_POLL; i++) {
      Reading first = first(output);
      if (first == null) {
        return noMoreSplits ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
      }
      emit(first);
    }
    return InputStatus.MORE_AVAILABLE;
  }

  /** The split whose next event is the earliest; those without any are done with. */
  private Reading first(ReaderOutput<SourceRecord> output) {
    // All first, since the watermark is the least of those that are known.
    for (Reading reading : readings) {
      if (reading.output == null) {
        reading.output = output.createOutputForSplit(reading.split.splitId());
      }
    }
    Reading first = null;
    for (int i = readings.size() - 1; i >= 0; i--) {
      Reading reading = readings.get(i);
      if (reading.next == null && reading.events.hasNext()) {
        reading.next = reading.events.next();
      }
      if (reading.next == null) {
        reading.output.emitWatermark(new Watermark(reading.split.past().watermarkMs()));
        output.releaseOutputForSplit(reading.split.splitId());
        readings.remove(i);
      } else if (first == null
          || Place.of(reading.next.value()).compareTo(Place.of(first.next.value())) < 0) {
        first = reading;
      }
    }
    return first;
  }

  private void emit(Reading reading) {
    Event event = reading.next.value();
    long knownAtMs = reading.next.knowledgeMs();
    reading.next = null;
    int source = positionOf.get(event.source());
    // Before the event, which is then not behind it.
    if (reading.sinceWatermark++ % EVENTS_A_WATERMARK == 0) {
      reading.output.emitWatermark(
          new Watermark(Math.min(event.timeMs() - 1, reading.split.past().watermarkMs())));
    }
    reading.output.collect(new SourceRecord.Recorded(source, event, knownAtMs), event.timeMs());
    reading.last = event;
    read++;
    reachedMs = event.timeMs();
  }

  @Override
  public List<HistorySplit> snapshotState(long checkpoint) {
    return readings.stream().map(Reading::rest).filter(split -> split.share().isPresent()).toList();
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    return readings.isEmpty() && !noMoreSplits
        ? splitsKnown
        : CompletableFuture.completedFuture(null);
  }

  @Override
  public void addSplits(List<HistorySplit> splits) {
    for (HistorySplit split : splits) {
      readings.add(new Reading(split, open(split)));
    }
    splitsKnown.complete(null);
  }

  private RecordedEvents open(HistorySplit split) {
    Collection<EventSource> none = List.of();
    return RecordedEvents.open(
        store,
        split.share().isPresent() ? sources : none,
        split.past().snapshots(),
        split.share().orElse(RecordedEvents.Share.ALL),
        split.share().isPresent() ? split.after() : Optional.empty());
  }

  @Override
  public void notifyNoMoreSplits() {
    noMoreSplits = true;
    splitsKnown.complete(null);
  }

  /** Shares are read side by side and held back together, so no one of them is. */
  @Override
  public void pauseOrResumeSplits(
      Collection<String> splitsToPause, Collection<String> splitsToResume) {}

  @Override
  public void close() {}
}
