package io.millrace.feature.window;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings states and contributions of a view as it was to the view as it is: what features keep is
 * found again by what it is, in words. A feature that was added, or of which the input, filter or
 * tiles changed, begins with nothing; the others go on as if nothing had happened, also where their
 * names, places or the length of their window changed (a longer window fills from then on).
 * Immutable and thread-safe.
 */
public final class StateMigration {
  static final String SEPARATOR = "--\n";

  private final ViewAggregator aggregator;
  private final ViewState layout;
  private final Map<Integer, Older> older = new HashMap<>();

  private record Older(ViewState layout, String contributions) {}

  private StateMigration(ViewAggregator aggregator, Collection<String> olderLayouts) {
    this.aggregator = aggregator;
    this.layout = aggregator.layout();
    for (String text : olderLayouts) {
      int separator = text.indexOf(SEPARATOR);
      if (separator < 0) {
        throw new IllegalArgumentException("this is no layout of a state: " + text);
      }
      List<TrackLayout> tracks = TrackLayout.parse(text.substring(0, separator));
      ViewState old = new ViewState(aggregator.view().id(), tracks);
      older.put(old.fingerprint(), new Older(old, text.substring(separator + SEPARATOR.length())));
    }
  }

  /**
   * @param olderLayouts {@link ViewAggregator#stateLayout()} of every definition of the view that a
   *     state may have been written with
   * @throws IllegalArgumentException if one is no such text
   */
  public static StateMigration to(ViewAggregator aggregator, Collection<String> olderLayouts) {
    return new StateMigration(aggregator, olderLayouts);
  }

  /**
   * A contribution as this view takes it.
   *
   * @param stateLayout of the view that made it
   */
  public byte[] contribution(byte[] contribution, String stateLayout) {
    int separator = stateLayout.indexOf(SEPARATOR);
    String description = stateLayout.substring(separator + SEPARATOR.length());
    return description.equals(aggregator.contributions().describe())
        ? contribution
        : aggregator.contributions().converted(contribution, description);
  }

  /**
   * A stored state as this view reads and changes it.
   *
   * @param stored what {@link StatePacker#packed} made, of this view or of one whose layout is
   *     known; or {@link ViewAggregator#EMPTY}
   * @return an array that nobody else has
   * @throws IllegalArgumentException if the layout that it was written with is not known, or it is
   *     damaged
   */
  public byte[] state(byte[] stored) {
    if (stored.length == 0) {
      return stored;
    }
    if (stored.length < StatePacker.BODY) {
      return StatePacker.unpacked(layout, stored);
    }
    if (ViewState.fingerprintOf(stored) == layout.fingerprint()) {
      byte[] state = StatePacker.unpacked(layout, stored);
      for (int i = 0; i < layout.tracks().size(); i++) {
        if (aggregator.track(i) != null) {
          state = aggregator.track(i).nodes().build(layout, state);
        }
      }
      return state;
    }
    Older old = older.get(ViewState.fingerprintOf(stored));
    byte[] state = StatePacker.unpacked(old == null ? layout : old.layout, stored);
    byte[] migrated = layout.create();
    layout.setLastEventMs(migrated, old.layout.lastEventMs(state));
    layout.setExpiredMs(migrated, old.layout.expiredMs(state));
    layout.setSequence(migrated, old.layout.sequence(state));
    layout.setCoarse(migrated, old.layout.isCoarse(state));
    for (int i = 0; i < layout.tracks().size(); i++) {
      TrackLayout wanted = layout.tracks().get(i);
      for (int j = 0; j < old.layout.tracks().size(); j++) {
        if (old.layout.tracks().get(j).tiling().equals(wanted.tiling())) {
          migrated =
              wanted.tiling().equals(RawTrack.TILING)
                  ? withEvents(migrated, i, old, state, j)
                  : withTiles(migrated, i, old.layout, state, j);
          if (aggregator.track(i) != null) {
            migrated = aggregator.track(i).nodes().build(layout, migrated);
          }
        }
      }
    }
    return migrated;
  }

  private byte[] withTiles(byte[] migrated, int to, ViewState old, byte[] state, int from) {
    TrackLayout wanted = layout.tracks().get(to);
    TrackLayout had = old.tracks().get(from);
    Map<String, Columns> byId = new HashMap<>();
    had.columns().forEach(columns -> byId.put(columns.id(), columns));
    byte[] filled = migrated;
    for (int i = 0; i < old.tiles(state, from); i++) {
      int source = old.base(state, from) + i * old.tileBytes(from);
      filled = layout.room().insertTile(filled, to, i, ViewState.longAt(state, source));
      int tile = layout.base(filled, to) + i * layout.tileBytes(to);
      for (int head = 1; head < wanted.heads(); head++) {
        ViewState.putLong(filled, tile + 8 * head, ViewState.longAt(state, source + 8 * head));
      }
      aggregator.track(to).clear(filled, tile);
      for (Columns columns : wanted.columns()) {
        Columns kept = byId.get(columns.id());
        if (kept != null) {
          filled =
              withColumns(
                  filled,
                  tile + wanted.placeOf(columns),
                  columns,
                  old,
                  state,
                  source + had.placeOf(kept));
        }
      }
    }
    return filled;
  }

  private byte[] withColumns(
      byte[] migrated, int to, Columns columns, ViewState old, byte[] state, int from) {
    byte[] filled = migrated;
    for (int i = 0; i < columns.size(); i++) {
      long bits = ViewState.longAt(state, from + 8 * i);
      if (i == columns.textColumn() && bits != ViewState.NO_TEXT) {
        int length = ViewState.textLength(bits);
        filled = layout.room().withTextRoom(filled, length);
        bits = layout.putText(filled, ViewState.NO_TEXT, state, old.textAt(state, bits), length);
      }
      ViewState.putLong(filled, to + 8 * i, bits);
    }
    return filled;
  }

  private byte[] withEvents(byte[] migrated, int to, Older old, byte[] state, int from) {
    byte[] filled = migrated;
    List<byte[]> contributions = new ArrayList<>();
    int width = old.layout.tileBytes(from);
    int base = old.layout.base(state, from);
    for (int i = 0; i < old.layout.tiles(state, from); i++) {
      byte[] contribution = RawTrack.contributionAt(old.layout, state, base + i * width);
      contributions.add(aggregator.contributions().converted(contribution, old.contributions));
    }
    for (int i = 0; i < contributions.size(); i++) {
      byte[] contribution = contributions.get(i);
      int source = base + i * width;
      filled = layout.room().withTextRoom(filled, contribution.length);
      filled = layout.room().insertTile(filled, to, i, ViewState.longAt(state, source));
      int tile = layout.base(filled, to) + i * layout.tileBytes(to);
      ViewState.putLong(filled, tile + 8, ViewState.longAt(state, source + 8));
      long text = layout.putText(filled, ViewState.NO_TEXT, contribution, 0, contribution.length);
      ViewState.putLong(filled, tile + RawTrack.CONTRIBUTION, text);
    }
    return filled;
  }

  @Override
  public String toString() {
    return aggregator.view().id() + " from " + Arrays.toString(older.keySet().toArray());
  }
}
