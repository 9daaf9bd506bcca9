package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tiles of one resolution in a state, and all windows that are read from them. "Exact" is a
 * tile of one millisecond; a lifetime is one tile. Tiles without events do not exist. Immutable and
 * thread-safe.
 */
final class Track {
  /** Some columns, as features share them; sorted so that their order is not the features'. */
  private record Columns(Aggregation kept, ValueType input, String source)
      implements Comparable<Columns> {
    static Columns of(CompiledFeature feature) {
      return switch (feature.aggregation()) {
        case COUNT -> countOf(feature);
        case SUM, AVG -> new Columns(Aggregation.SUM, feature.inputType(), feature.source());
        case MIN, MAX, LAST ->
            new Columns(feature.aggregation(), feature.inputType(), feature.source());
        default -> throw new UnsupportedOperationException(feature.aggregation().word());
      };
    }

    static Columns countOf(CompiledFeature feature) {
      return new Columns(Aggregation.COUNT, ValueType.INT64, feature.source());
    }

    /** Whether a count must lie beside them, to tell nothing from a value. */
    boolean needCount() {
      boolean rankedLong = input != ValueType.FLOAT64 && input != ValueType.STRING;
      return switch (kept) {
        case SUM, AVG -> true;
        case MIN, MAX -> rankedLong;
        default -> false;
      };
    }

    int size() {
      return switch (kept) {
        case COUNT, MIN, MAX -> 1;
        case SUM, AVG -> 2;
        default -> 3;
      };
    }

    @Override
    public int compareTo(Columns other) {
      return toString().compareTo(other.toString());
    }
  }

  private final int index;
  private final long resolutionMs;
  private final WindowSpec longest;
  private final Accumulator[] accumulators;
  private final int columns;
  private final int[] textColumns;
  private final String description;

  /**
   * @param index its place among the tracks of the state
   * @param features those whose windows have one resolution; 0 is lifetime's
   */
  Track(int index, List<CompiledFeature> features, Contributions contributions) {
    this.index = index;
    this.resolutionMs = features.get(0).window().resolutionMs();
    this.longest =
        features.stream()
            .map(CompiledFeature::window)
            .reduce((a, b) -> a.lengthMs() >= b.lengthMs() ? a : b)
            .orElseThrow();

    // Which columns, for which features, of which slot.
    Map<Columns, List<CompiledFeature>> sharers = new TreeMap<>();
    Map<Columns, CompiledFeature> examples = new HashMap<>();
    for (CompiledFeature feature : features) {
      Columns own = Columns.of(feature);
      sharers.computeIfAbsent(own, c -> new ArrayList<>()).add(feature);
      examples.put(own, feature);
      if (own.needCount()) {
        sharers.computeIfAbsent(Columns.countOf(feature), c -> new ArrayList<>());
        examples.put(Columns.countOf(feature), feature);
      }
    }

    // Where they lie in a tile, after its start.
    Map<Columns, Integer> places = new HashMap<>();
    int place = 1;
    for (Columns one : sharers.keySet()) {
      places.put(one, 8 * place);
      place += one.size();
    }
    this.columns = place - 1;

    // Who keeps them.
    List<Accumulator> all = new ArrayList<>();
    List<Integer> texts = new ArrayList<>();
    for (Columns one : sharers.keySet()) {
      CompiledFeature example = examples.get(one);
      int count = places.getOrDefault(Columns.countOf(example), 0);
      int slot = contributions.slot(example);
      int cell = contributions.cell(example);
      int column = places.get(one);
      all.add(accumulator(one, slot, cell, column, count, sharers.get(one)));
      if (one.input() == ValueType.STRING) {
        texts.add(one.kept() == Aggregation.LAST ? column + Lasts.VALUE : column);
      }
    }
    this.accumulators = all.toArray(Accumulator[]::new);
    this.textColumns = texts.stream().mapToInt(Integer::intValue).toArray();
    this.description = longest + " " + sharers.keySet();
  }

  private static Accumulator accumulator(
      Columns columns,
      int slot,
      int cell,
      int column,
      int countColumn,
      List<CompiledFeature> features) {
    boolean ofDoubles = columns.input() == ValueType.FLOAT64;
    return switch (columns.kept()) {
      default -> new Counts(slot, column, features);
      case SUM, AVG ->
          ofDoubles
              ? new DoubleSums(slot, cell, column, countColumn, features)
              : new LongSums(slot, cell, column, countColumn, features);
      case LAST -> new Lasts(slot, cell, column, features);
      case MIN, MAX ->
          columns.input() == ValueType.STRING
              ? new TextExtremes(slot, cell, column, features)
              : ofDoubles
                  ? Extremes.ofDoubles(slot, cell, column, features)
                  : Extremes.ofLongs(slot, cell, column, countColumn, features);
    };
  }

  /** What makes a state of this track readable: its longest window and its columns in order. */
  String description() {
    return description;
  }

  /** How many columns a tile has. */
  int columns() {
    return columns;
  }

  /** The columns that hold texts, by their bytes from the start of a tile. */
  int[] textColumns() {
    return textColumns;
  }

  boolean isLifetime() {
    return longest.kind() == WindowSpec.Kind.LIFETIME;
  }

  boolean isExact() {
    return resolutionMs == 1;
  }

  /** The greatest age that an event in a window can have; {@link Long#MAX_VALUE} for a lifetime. */
  long reachMs() {
    return isLifetime() ? Long.MAX_VALUE : longest.lengthMs() + resolutionMs - 1;
  }

  private long tileStart(long timeMs) {
    if (isLifetime()) {
      return Long.MIN_VALUE;
    }
    return isExact() ? timeMs : Math.floorDiv(timeMs, resolutionMs) * resolutionMs;
  }

  /** How many bytes of text {@link #add} may store. */
  int textBytes(byte[] contribution) {
    int bytes = 0;
    for (Accumulator accumulator : accumulators) {
      if (accumulator.takes(contribution)) {
        bytes += accumulator.textBytes(contribution);
      }
    }
    return bytes;
  }

  private boolean takes(byte[] contribution) {
    for (Accumulator accumulator : accumulators) {
      if (accumulator.takes(contribution)) {
        return true;
      }
    }
    return false;
  }

  /** Adds an event to its tile, unless no window will see it again. */
  byte[] add(ViewState layout, byte[] state, long timeMs, long order, byte[] contribution) {
    if (!takes(contribution)) {
      return state;
    }
    long start = tileStart(timeMs);
    long expiredMs = layout.expiredMs(state);
    if (expiredMs != Long.MIN_VALUE && start < longest.startMs(expiredMs)) {
      return state;
    }
    int tiles = layout.tiles(state, index);
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int last = base + (tiles - 1) * tileBytes;
    byte[] added = state;
    int tile;
    if (tiles > 0 && ViewState.longAt(state, last) == start) {
      tile = last;
    } else {
      // The newest tile is the usual one; after it an append, before it a search.
      boolean isNewest = tiles == 0 || ViewState.longAt(state, last) < start;
      int at = isNewest ? tiles : ViewState.firstFrom(state, base, tileBytes, tiles, start);
      tile = base + at * tileBytes;
      if (isNewest || ViewState.longAt(state, tile) != start) {
        added = layout.insertTile(state, index, at, start);
        for (Accumulator accumulator : accumulators) {
          accumulator.clear(added, tile);
        }
      }
    }
    for (Accumulator accumulator : accumulators) {
      if (accumulator.takes(contribution)) {
        accumulator.add(layout, added, tile, timeMs, order, contribution);
      }
    }
    return added;
  }

  /**
   * Sets the features of this track.
   *
   * @throws IllegalArgumentException if a tile would have to be cut at the instant
   */
  void read(ViewState layout, byte[] state, long asOfMs, Values row) {
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int to = tilesBefore(layout, state, asOfMs);
    if (to > 0 && asOfMs <= layout.lastEventMs(state)) {
      long start = ViewState.longAt(state, base + (to - 1) * tileBytes);
      if (isLifetime() || asOfMs < start + resolutionMs) {
        throw new IllegalArgumentException(
            "the values of "
                + layout.view()
                + " as of "
                + Instant.ofEpochMilli(asOfMs)
                + " would see the future: the state holds an event of "
                + Instant.ofEpochMilli(layout.lastEventMs(state))
                + " and its tiles do not tell them apart; ask in the order of time");
      }
    }
    for (Accumulator accumulator : accumulators) {
      accumulator.read(layout, state, base, tileBytes, to, asOfMs, row);
    }
  }

  private int tilesBefore(ViewState layout, byte[] state, long asOfMs) {
    int tiles = layout.tiles(state, index);
    return asOfMs > layout.lastEventMs(state)
        ? tiles
        : ViewState.firstFrom(
            state, layout.base(state, index), layout.tileBytes(index), tiles, asOfMs);
  }

  /** When the next tile that matters leaves a window; {@link Long#MAX_VALUE} if none does. */
  long nextChangeAfter(ViewState layout, byte[] state, long asOfMs) {
    if (isLifetime()) {
      return Long.MAX_VALUE;
    }
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int to = tilesBefore(layout, state, asOfMs);
    long next = Long.MAX_VALUE;
    for (Accumulator accumulator : accumulators) {
      for (Accumulator.Output output : accumulator.outputs) {
        int from = Accumulator.from(state, base, tileBytes, to, output, asOfMs);
        int tile = accumulator.nextToMatter(state, base, tileBytes, from, to);
        if (tile < to) {
          long start = ViewState.longAt(state, base + tile * tileBytes);
          next = Math.min(next, start + resolutionMs + output.window().lengthMs());
        }
      }
    }
    return next;
  }

  /** Whether any window as of the instant, which is after all events, holds a tile. */
  boolean holdsAny(ViewState layout, byte[] state, long asOfMs) {
    return expired(layout, state, asOfMs) < layout.tiles(state, index);
  }

  /** How many tiles, the oldest, no window as of the instant or later sees. */
  int expired(ViewState layout, byte[] state, long asOfMs) {
    return ViewState.firstFrom(
        state,
        layout.base(state, index),
        layout.tileBytes(index),
        layout.tiles(state, index),
        longest.startMs(asOfMs));
  }

  /** The time of the last event before the instant, as far as an exact track knows one. */
  long lastBefore(ViewState layout, byte[] state, long asOfMs) {
    int to = tilesBefore(layout, state, asOfMs);
    return to == 0 || !isExact()
        ? Long.MIN_VALUE
        : ViewState.longAt(state, layout.base(state, index) + (to - 1) * layout.tileBytes(index));
  }
}
