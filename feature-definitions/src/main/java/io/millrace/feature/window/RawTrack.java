package io.millrace.feature.window;

import io.millrace.feature.Values;
import java.util.Arrays;
import java.util.List;

/**
 * The events of a key themselves, as what they brought, for functions that cannot forget one: each
 * answer is computed from all of them. A tile is an event: time, order, contribution. Immutable and
 * thread-safe.
 */
final class RawTrack {
  static final String TILING = "RAW";

  static final int CONTRIBUTION = 16;

  /** More events than this a key are not kept: the oldest goes, and the key is reported. */
  static final int MOST_EVENTS = 100_000;

  private final TrackLayout layoutOfTrack;

  private final int index;
  private final Track[] twins;
  private final ViewState scratchLayout;

  /**
   * @param index its place among the tracks of the state
   * @param twins tracks for the features, filled anew for each answer
   * @param scratchLayout of a state of those tracks alone
   */
  RawTrack(int index, Track[] twins, ViewState scratchLayout, Contributions contributions) {
    this.layoutOfTrack =
        new TrackLayout(
            TILING, 2, List.of(new Columns("CONTRIBUTION " + contributions.describe(), 1, 0)));
    this.index = index;
    this.twins = twins;
    this.scratchLayout = scratchLayout;
  }

  /** One tile is one event, and its contribution lies among the texts. */
  TrackLayout layout() {
    return layoutOfTrack;
  }

  int index() {
    return index;
  }

  long reachMs() {
    return Arrays.stream(twins).mapToLong(twin -> twin.life().reachMs()).max().orElse(0);
  }

  byte[] add(ViewState layout, byte[] state, long timeMs, long order, byte[] contribution) {
    if (layout.tiles(state, index) >= MOST_EVENTS) {
      layout.room().removeTile(state, index, 0);
      layout.setCoarse(state, true);
    }
    byte[] roomy = layout.room().withTextRoom(state, contribution.length);
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(roomy, index);
    int at = layout.tiles(roomy, index);
    while (at > 0 && isBefore(timeMs, order, roomy, base + (at - 1) * tileBytes)) {
      at--;
    }
    byte[] added = layout.room().insertTile(roomy, index, at, timeMs);
    int tile = layout.base(added, index) + at * tileBytes;
    ViewState.putLong(added, tile + 8, order);
    ViewState.putLong(added, tile + CONTRIBUTION, ViewState.NO_TEXT);
    long text = layout.putText(added, ViewState.NO_TEXT, contribution, 0, contribution.length);
    ViewState.putLong(added, tile + CONTRIBUTION, text);
    return added;
  }

  private static boolean isBefore(long timeMs, long order, byte[] state, int tile) {
    long held = ViewState.longAt(state, tile);
    return timeMs < held
        || (timeMs == held && Long.compareUnsigned(order, ViewState.longAt(state, tile + 8)) < 0);
  }

  /** Takes back the event of that order, else the last of that time that brought the same. */
  void remove(ViewState layout, byte[] state, long timeMs, long order, byte[] contribution) {
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int tiles = layout.tiles(state, index);
    int found = -1;
    for (int i = ViewState.firstFrom(state, base, tileBytes, tiles, timeMs); i < tiles; i++) {
      int tile = base + i * tileBytes;
      if (ViewState.longAt(state, tile) != timeMs) {
        break;
      }
      if (Arrays.equals(contribution, contributionAt(layout, state, tile))) {
        found = i;
        if (ViewState.longAt(state, tile + 8) == order) {
          break;
        }
      }
    }
    if (found >= 0) {
      layout.room().removeTile(state, index, found);
    }
  }

  static byte[] contributionAt(ViewState layout, byte[] state, int tile) {
    long text = ViewState.longAt(state, tile + CONTRIBUTION);
    int at = layout.textAt(state, text);
    return Arrays.copyOfRange(state, at, at + ViewState.textLength(text));
  }

  /** The time of the last event, or {@link Long#MIN_VALUE}. */
  long lastMs(ViewState layout, byte[] state) {
    int tiles = layout.tiles(state, index);
    return tiles == 0
        ? Long.MIN_VALUE
        : ViewState.longAt(
            state, layout.base(state, index) + (tiles - 1) * layout.tileBytes(index));
  }

  int windows() {
    return Arrays.stream(twins).mapToInt(twin -> twin.reader().windows()).max().orElse(0);
  }

  void read(ViewState layout, byte[] state, long asOfMs, TileWalk walk, Values row) {
    byte[] scratch = scratch(layout, state, asOfMs);
    for (Track twin : twins) {
      twin.reader().read(scratchLayout, scratch, asOfMs, Long.MIN_VALUE, walk, row);
    }
  }

  long nextChangeAfter(ViewState layout, byte[] state, long asOfMs) {
    byte[] scratch = scratch(layout, state, Long.MAX_VALUE);
    long next = Long.MAX_VALUE;
    for (Track twin : twins) {
      next = Math.min(next, twin.reader().nextChangeAfter(scratchLayout, scratch, asOfMs));
    }
    return next;
  }

  /** The state of the twins after the events before an instant. */
  private byte[] scratch(ViewState layout, byte[] state, long asOfMs) {
    byte[] scratch = scratchLayout.create();
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    for (int i = 0; i < layout.tiles(state, index); i++) {
      int tile = base + i * tileBytes;
      long timeMs = ViewState.longAt(state, tile);
      if (timeMs >= asOfMs) {
        break;
      }
      long order = ViewState.longAt(state, tile + 8);
      byte[] contribution = contributionAt(layout, state, tile);
      for (int t = 0; t < twins.length; t++) {
        int of = scratchLayout.base(scratch, t);
        scratch = twins[t].add(scratchLayout, scratch, of, timeMs, order, contribution);
      }
      scratchLayout.setLastEventMs(scratch, timeMs);
    }
    return scratch;
  }

  /** How many events, the oldest, no window and no ttl as of the instant or later sees. */
  int expired(ViewState layout, byte[] state, long asOfMs, long ttlMs) {
    long from = ttlMs == Long.MAX_VALUE ? asOfMs : asOfMs - ttlMs - 1;
    for (Track twin : twins) {
      from = Math.min(from, twin.life().keptFromMs(asOfMs));
    }
    return ViewState.firstFrom(
        state,
        layout.base(state, index),
        layout.tileBytes(index),
        layout.tiles(state, index),
        from);
  }
}
