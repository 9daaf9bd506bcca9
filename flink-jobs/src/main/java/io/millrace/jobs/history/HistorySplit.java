package io.millrace.jobs.history;

import io.millrace.offline.history.RecordedEvents.Place;
import io.millrace.offline.history.RecordedEvents.Share;
import io.millrace.offline.history.RecordedPast;
import java.util.Optional;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A share of the recorded events, and how far it was read.
 *
 * @param share empty for a split without events: it only tells its reader the past's watermark
 * @param after the place of the last event that was read; empty before the first
 */
record HistorySplit(RecordedPast past, Optional<Share> share, Optional<Place> after)
    implements SourceSplit {
  /** A share that nobody has read yet. */
  static HistorySplit of(RecordedPast past, int index, int of) {
    return new HistorySplit(past, Optional.of(new Share(index, of)), Optional.empty());
  }

  /** For a reader that is left without a share. */
  static HistorySplit withoutEvents(RecordedPast past) {
    return new HistorySplit(past, Optional.empty(), Optional.empty());
  }

  HistorySplit readUpTo(Place place) {
    return new HistorySplit(past, share, Optional.of(place));
  }

  @Override
  public String splitId() {
    return share.map(s -> "history-" + s.index() + "-of-" + s.of()).orElse("history-none");
  }
}
