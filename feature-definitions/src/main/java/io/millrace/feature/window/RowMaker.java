package io.millrace.feature.window;

import io.millrace.feature.Values;
import java.util.Arrays;
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
  private final int[] runningLongs;
  private final int[] tilesBefore;
  private final TileWalk walk;

  RowMaker(ViewAggregator aggregator, Track[] tracks, int mostWindows) {
    this.aggregator = aggregator;
    this.layout = aggregator.layout();
    this.tracks = tracks;
    this.windowsAt = new int[tracks.length + 1];
    for (int i = 0; i < tracks.length; i++) {
      windowsAt[i + 1] = windowsAt[i] + tracks[i].reader().windows();
    }
    this.runningLongs =
        Arrays.stream(tracks).mapToInt(track -> track.reader().runningLongs()).toArray();
    this.tilesBefore = new int[tracks.length];
    this.walk = new TileWalk(mostWindows, NOBODY);
  }

  /** A reading of nothing. */
  public Reading reading() {
    return new Reading(
        aggregator.rowSchema().size(), windowsAt, runningLongs, layout.tracks().size());
  }

  /** As {@link ViewAggregator#add}, of the state that was read. */
  public byte[] add(byte[] state, long timeMs, long order, byte[] contribution, Reading reading) {
    aggregator.requireTime(timeMs);
    aggregator.contributions().check(contribution);
    locate(state, reading);
    boolean isAnew = aggregator.mayJoinRuns() || aggregator.beginsAnew(state, timeMs);
    if (isAnew) {
      reading.outdate();
    } else {
      reading.outdateRow();
      for (int i = 0; i < tracks.length; i++) {
        tilesBefore[i] = layout.tiles(state, i);
      }
    }
    byte[] added = aggregator.added(state, timeMs, order, contribution);
    if (added != state) {
      layout.bases(added, reading.bases);
      reading.located = added;
    }
    for (int i = 0; i < tracks.length && !isAnew; i++) {
      if (tracks[i].takes(contribution)) {
        note(i, timeMs, contribution, layout.tiles(added, i) - tilesBefore[i], added, reading);
      }
    }
    return added;
  }

  /** Says what an event did to a track. */
  private void note(
      int track, long timeMs, byte[] contribution, int opened, byte[] state, Reading reading) {
    // Where events make the tiles, or tiles of instants were joined, more than its tile changed.
    boolean isInOneTile = tracks[track].isAligned() && !layout.isCoarse(state);
    long startMs = tracks[track].tileStart(timeMs);
    if (isInOneTile && !reading.stale[track]) {
      reading.came(track, contribution, startMs, opened);
    } else {
      reading.stale[track] = true;
    }
    // What comes last goes last: nothing is worth dropping any earlier than it was.
    boolean isIdleAsBefore =
        isInOneTile && (opened == 0 || layout.newestMs(state, track, reading.bases) == startMs);
    if (!isIdleAsBefore) {
      reading.idleUntilMs = Long.MIN_VALUE;
    }
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
    locate(state, reading);
    if (aggregator.isReadInTiles(state, asOfMs)) {
      // First read, then expired: what leaves now can still be told.
      Values row = reading.nextRow(asOfMs);
      reading.hasRounded = false;
      long nextMs = readTracks(state, asOfMs, overflows, reading, row);
      byte[] kept = expired(state, asOfMs, reading);
      if (reading.hasRounded && reading.idleUntilMs == Long.MIN_VALUE && kept.length > 0) {
        // Nodes may lie otherwise now. What is answered is what the state that is kept says.
        reading.outdate();
        locate(kept, reading);
        nextMs = readTracks(kept, asOfMs, NOBODY, reading, row);
      }
      if (kept.length > 0) {
        count(kept, reading);
        reading.set(row, asOfMs, aggregator.nextChange(kept, nextMs));
        return kept;
      }
      return readAlone(kept, asOfMs, overflows, reading);
    }
    byte[] kept = state.length == 0 ? state : expired(state, asOfMs, reading);
    return readAlone(kept, asOfMs, overflows, reading);
  }

  private long readTracks(
      byte[] state, long asOfMs, IntConsumer overflows, Reading reading, Values row) {
    walk.reportTo(overflows);
    long nextMs = Long.MAX_VALUE;
    long sinceMs = aggregator.sinceMs(state, asOfMs);
    for (Track track : tracks) {
      nextMs =
          Math.min(
              nextMs,
              track.reader().readChanged(layout, state, asOfMs, sinceMs, walk, reading, row));
    }
    aggregator.ratios().set(row);
    return nextMs;
  }

  /** By a way that tells nothing of single windows. */
  private byte[] readAlone(byte[] state, long asOfMs, IntConsumer overflows, Reading reading) {
    if (state.length == 0) {
      reading.setRow(Long.MIN_VALUE, 0);
    } else {
      count(state, reading);
    }
    Values row = aggregator.valuesAt(state, asOfMs, overflows);
    reading.setAlone(row, asOfMs, aggregator.nextChangeAfter(state, asOfMs));
    return state;
  }

  private void count(byte[] state, Reading reading) {
    long sequence = layout.sequence(state) + 1;
    layout.setSequence(state, sequence);
    reading.setRow(layout.lastEventMs(state), sequence);
  }
}
