package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Some columns of a track's tiles, and the features that are computed from them. Features with the
 * same function, input, filter and tiles share one; their windows differ. Windows that end with the
 * newest tile are read from it backward once, whatever their number. Immutable and thread-safe.
 */
abstract class Accumulator {
  /** A feature to answer. */
  static final class Output {
    private final int feature;
    private final Aggregation aggregation;
    private final AggregationParameters parameters;
    private final WindowSpec window;
    private final Object defaultValue;

    /** Which of the track's windows it is; the track sets it once, before anything is read. */
    int windowNumber;

    /** Where what is known of its window begins in {@link TileWalk#running}; set once, as that. */
    int runningAt;

    private Output(CompiledFeature of) {
      this.feature = of.index();
      this.aggregation = of.aggregation();
      this.parameters = of.feature().parameters();
      this.window = of.window();
      this.defaultValue = of.defaultValue();
    }

    int feature() {
      return feature;
    }

    Aggregation aggregation() {
      return aggregation;
    }

    AggregationParameters parameters() {
      return parameters;
    }

    WindowSpec window() {
      return window;
    }

    void setNull(Values row) {
      row.setBoxed(feature, defaultValue);
    }

    /** Whether a null value is told from others. */
    boolean isNullAsNull() {
      return defaultValue == null;
    }
  }

  /** How many tiles a search for one that holds something looks at. */
  static final int PATIENCE = 64;

  private final int slot;

  /** Where the input lies in a contribution. */
  final int cell;

  /** Where the first column lies in a tile, in bytes. */
  final int column;

  /** The features; those of one group end with the same tile, and shorter windows come first. */
  final Output[][] groups;

  Accumulator(int slot, int cell, int column, List<CompiledFeature> features) {
    this.slot = slot;
    this.cell = cell;
    this.column = column;
    Map<Object, List<Output>> grouped = new LinkedHashMap<>();
    features.stream()
        .map(Output::new)
        .sorted(Comparator.comparingLong(output -> output.window().lengthMs()))
        .forEach(o -> grouped.computeIfAbsent(headOf(o.window()), h -> new ArrayList<>()).add(o));
    this.groups =
        grouped.values().stream().map(g -> g.toArray(Output[]::new)).toArray(Output[][]::new);
  }

  private static Object headOf(WindowSpec window) {
    return window.kind() == WindowSpec.Kind.SLIDING ? window.delayMs() : window;
  }

  /** Tells the features which of the track's windows are theirs. */
  final void number(WindowSpec[] windows) {
    for (Output[] group : groups) {
      for (Output output : group) {
        output.windowNumber = List.of(windows).indexOf(output.window);
      }
    }
  }

  /**
   * Tells the features where what is known of their windows begins; those of one window share it.
   *
   * @return the first place behind
   */
  final int placeRunning(int first) {
    int next = first;
    for (Output[] group : groups) {
      Output last = null;
      for (Output output : group) {
        boolean isShared = last != null && last.window.equals(output.window);
        output.runningAt = isShared ? last.runningAt : next;
        next += isShared ? 0 : runningLongs();
        last = output;
      }
    }
    return next;
  }

  /** How many numbers of 64 bits {@link #follow} keeps of a window from row to row. */
  int runningLongs() {
    return 0;
  }

  /** Whether a feature of it has this window. */
  final boolean reads(WindowSpec window) {
    for (Output[] group : groups) {
      for (Output output : group) {
        if (output.window.equals(window)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether the order in which tiles are merged may show in a value, be it in its last bit. */
  boolean mayRound() {
    return true;
  }

  /** Whether values depend on the instant itself, not only on which tiles a window holds. */
  boolean isOfInstant() {
    return false;
  }

  final boolean takes(byte[] contribution) {
    return Contributions.has(contribution, slot);
  }

  /** Whether the tile took in anything that counts here. */
  abstract boolean holds(byte[] state, int tile);

  /** Fills the columns of a new tile. */
  abstract void clear(byte[] state, int tile);

  /**
   * Adds an event that {@link #takes} said yes to.
   *
   * @return the state, a larger one if it had to grow; its tiles stay where they are
   */
  abstract byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution);

  /** Takes back an event that was added. Only where {@link CompiledFeature#isInvertible}. */
  void remove(byte[] state, int tile, byte[] contribution) {
    throw new UnsupportedOperationException(getClass().getSimpleName() + " takes nothing back");
  }

  /**
   * Adds what another tile holds.
   *
   * @return the state, a larger one if it had to grow; its tiles stay where they are
   */
  abstract byte[] merge(ViewState layout, byte[] state, int tile, int other);

  /**
   * Sets the features of one group as of an instant.
   *
   * @param walk stands at the end of the group's windows
   */
  abstract void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row);

  /**
   * Makes of the values of a group those of the same windows without the tiles that left and with
   * an event that came, if that is known without reading the tiles that stay.
   *
   * @param walk tells which tiles left
   * @param event what came, to a tile that is in every window; null if nothing did
   * @param row has the values as they were
   * @return false if the group must be read anew, whatever the row has now
   */
  boolean follow(byte[] state, TileWalk walk, byte[] event, Output[] group, Values row) {
    boolean isAdded = event != null && takes(event);
    for (Output output : group) {
      int left = walk.left(output);
      if (left < 0
          || (left > 0 && !takeOut(state, walk.firstLeft(output), walk.width(), left, output, row))
          || (isAdded && !putIn(event, output, row))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Makes of a value that of the same window without some tiles.
   *
   * @param tile the first that left
   * @param tiles how many left, one after the other
   * @param row has the value as it was
   * @return false if the window must be read anew
   */
  boolean takeOut(byte[] state, int tile, int tileBytes, int tiles, Output output, Values row) {
    return false;
  }

  /**
   * Makes of a value that of the same window with an event more, which is taken.
   *
   * @param row has the value as it was
   * @return false if the window must be read anew
   */
  boolean putIn(byte[] event, Output output, Values row) {
    return false;
  }

  /**
   * Whether {@link #nextToMatter} gives the first tile that holds something, so that an event in
   * the newest tile does not change it.
   */
  boolean doesFirstMatter() {
    return true;
  }

  /**
   * The first of the tiles {@code [from, to)}, all in a window, whose leaving may change a value,
   * or {@code to} if there is none. After {@link #PATIENCE} tiles that hold nothing it gives the
   * next, whatever it holds.
   */
  int nextToMatter(byte[] state, int base, int tileBytes, int from, int to) {
    int patience = Math.min(to, from + PATIENCE);
    int i = from;
    while (i < patience && !holds(state, base + i * tileBytes)) {
      i++;
    }
    return i;
  }

  /** The first of the tiles {@code [from, to)} that holds something, or {@code to}. */
  final int nextHeld(byte[] state, int base, int tileBytes, int from, int to) {
    int i = from;
    while (i < to && !holds(state, base + i * tileBytes)) {
      i++;
    }
    return i;
  }

  /**
   * When the first tile may begin that is in a sliding window. The window's start is floored; tiles
   * begin at multiples of the resolution, so that what lies less than one before is the same.
   */
  static long fromMs(WindowSpec window, long asOfMs) {
    return asOfMs - window.delayMs() - window.lengthMs() - window.resolutionMs() + 1;
  }

  /**
   * The first of the tiles {@code [0, to)} that is in the window.
   *
   * @param guess which it may be, or one of those before it; 0 if that is not known
   */
  static int from(
      byte[] state, int base, int tileBytes, int to, WindowSpec window, long asOfMs, int guess) {
    return switch (window.kind()) {
      case SLIDING ->
          ViewState.firstFromNear(state, base, tileBytes, to, fromMs(window, asOfMs), guess);
      case TUMBLING ->
          ViewState.firstFromNear(state, base, tileBytes, to, window.startMs(asOfMs), guess);
      case LIFETIME -> 0;
      case ROWS ->
          Math.max(
              to - window.rows(),
              ViewState.firstFrom(state, base, tileBytes, to, window.startMs(asOfMs)));
      case SESSION -> {
        boolean isOpen =
            to > 0
                && asOfMs - ViewState.longAt(state, base + (to - 1) * tileBytes + Tiling.END)
                    < window.lengthMs();
        yield isOpen ? to - 1 : to;
      }
    };
  }
}
