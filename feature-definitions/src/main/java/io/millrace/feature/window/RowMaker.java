package io.millrace.feature.window;

import io.millrace.feature.Values;
import java.util.function.IntConsumer;

/**
 * Makes one row of a key after the other, each from the last: what {@link ViewAggregator#expire},
 * {@link ViewAggregator#countRow}, {@link ViewAggregator#valuesAt} and {@link
 * ViewAggregator#nextChangeAfter} give together, in one pass over what changed.
 *
 * <pre>
 * Reading reading = maker.reading();                       // kept with the state of the key
 * state = maker.add(state, timeMs, order, contribution, reading);
 * state = maker.row(state, asOfMs, overflows, reading);    // reading.row(), reading.nextChangeMs()
 * </pre>
 *
 * <p>Not thread-safe; one for each thread.
 */
public final class RowMaker {
  private static final IntConsumer NOBODY = feature -> {};

  private final ViewAggregator aggregator;
  private final ViewState layout;
  private final Track[] tracks;
  private final int[] windowsAt;
  private final TileWalk walk;

  RowMaker(ViewAggregator aggregator, Track[] tracks, int mostWindows) {
    this.aggregator = aggregator;
    this.layout = aggregator.layout();
    this.tracks = tracks;
    this.windowsAt = new int[tracks.length + 1];
    for (int i = 0; i < tracks.length; i++) {
      windowsAt[i + 1] = windowsAt[i] + tracks[i].reader().windows();
    }
    this.walk = new TileWalk(mostWindows, NOBODY);
  }

  /** A reading of nothing. */
  public Reading reading() {
    return new Reading(aggregator.rowSchema().size(), windowsAt, layout.tracks().size());
  }

  /** As {@link ViewAggregator#add}, of the state that was read. */
  public byte[] add(byte[] state, long timeMs, long order, byte[] contribution, Reading reading) {
    aggregator.requireTime(timeMs);
    aggregator.contributions().check(contribution);
    locate(state, reading);
    if (aggregator.mayJoinRuns() || aggregator.beginsAnew(state, timeMs)) {
      reading.outdate();
    } else {
      reading.outdateRow();
      for (int i = 0; i < tracks.length; i++) {
        if (tracks[i].takes(contribution)) {
          reading.stale[i] = true;
        }
      }
    }
    byte[] added = aggregator.added(state, timeMs, order, contribution);
    if (added != state) {
      layout.bases(added, reading.bases);
      reading.located = added;
    }
    return added;
  }

  /** The array is checked once, and where its tracks lie is found once. */
  private void locate(byte[] state, Reading reading) {
    if (state.length > 0 && state != reading.located) {
      layout.check(state);
      layout.bases(state, reading.bases);
      reading.located = state;
    }
  }

  private byte[] expired(byte[] state, long asOfMs, Reading reading) {
    locate(state, reading);
    long instantMs = aggregator.instantOf(asOfMs);
    if (reading.idleUntilMs == Long.MIN_VALUE) {
      reading.idleUntilMs = aggregator.expiry().idleUntilMs(state, reading.bases, instantMs);
    }
    if (instantMs < reading.idleUntilMs) {
      aggregator.expiry().noteExpiry(state, instantMs);
      return state;
    }
    byte[] expired = aggregator.expiry().expired(state, reading.bases, instantMs);
    reading.idleUntilMs = Long.MIN_VALUE;
    reading.located = null;
    locate(expired, reading);
    return expired;
  }

  /**
   * Reads the row as of an instant into the reading. The state is expired, and counts the row.
   *
   * @param asOfMs later than every event added, and not earlier than that of the last row
   * @param overflows as in {@link ViewAggregator#valuesAt(byte[], long, IntConsumer)}
   * @return the state; the one given must not be used again
   */
  public byte[] row(byte[] state, long asOfMs, IntConsumer overflows, Reading reading) {
    byte[] kept = state.length == 0 ? state : expired(state, asOfMs, reading);
    if (kept.length == 0) {
      reading.setRow(Long.MIN_VALUE, 0);
    } else {
      long sequence = layout.sequence(kept) + 1;
      layout.setSequence(kept, sequence);
      reading.setRow(layout.lastEventMs(kept), sequence);
    }
    if (!aggregator.isReadInTiles(kept, asOfMs)) {
      Values row = aggregator.valuesAt(kept, asOfMs, overflows);
      reading.setAlone(row, asOfMs, aggregator.nextChangeAfter(kept, asOfMs));
      return kept;
    }
    Values row = reading.nextRow(asOfMs);
    walk.reportTo(overflows);
    long nextMs = Long.MAX_VALUE;
    long sinceMs = aggregator.sinceMs(kept, asOfMs);
    for (Track track : tracks) {
      nextMs =
          Math.min(
              nextMs,
              track.reader().readChanged(layout, kept, asOfMs, sinceMs, walk, reading, row));
    }
    aggregator.ratios().set(row);
    reading.set(row, asOfMs, aggregator.nextChange(kept, nextMs));
    return kept;
  }
}
