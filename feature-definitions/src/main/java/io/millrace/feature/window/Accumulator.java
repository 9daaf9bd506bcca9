package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.util.Comparator;
import java.util.List;

/**
 * Some columns of a track's tiles, and the features that are computed from them. Features with the
 * same function, input, filter and resolution share one; their windows differ. Reading goes from
 * the newest tile backward once, whatever the number of windows. Immutable and thread-safe.
 */
abstract class Accumulator {
  /**
   * A feature to answer.
   *
   * @param mean whether it is the mean of what the columns hold, rather than the sum
   */
  record Output(int feature, WindowSpec window, boolean mean, Object defaultValue) {
    static Output of(CompiledFeature feature) {
      return new Output(
          feature.index(),
          feature.window(),
          feature.aggregation() == Aggregation.AVG,
          feature.defaultValue());
    }

    void setNull(Values row) {
      row.setBoxed(feature, defaultValue);
    }
  }

  /** How many tiles a search for one that holds something looks at. */
  static final int PATIENCE = 64;

  private final int slot;

  /** Where the input lies in a contribution. */
  final int cell;

  /** Where the first column lies in a tile, in bytes. */
  final int column;

  /** The features, those with shorter windows first. */
  final Output[] outputs;

  Accumulator(int slot, int cell, int column, List<CompiledFeature> features) {
    this.slot = slot;
    this.cell = cell;
    this.column = column;
    this.outputs =
        features.stream()
            .map(Output::of)
            .sorted(Comparator.comparingLong(output -> output.window().lengthMs()))
            .toArray(Output[]::new);
  }

  final boolean takes(byte[] contribution) {
    return Contributions.has(contribution, slot);
  }

  /** How many bytes of text {@link #add} may store. */
  int textBytes(byte[] contribution) {
    return 0;
  }

  /** Whether the tile took in anything that counts here. */
  abstract boolean holds(byte[] state, int tile);

  /** Fills the columns of a new tile. */
  abstract void clear(byte[] state, int tile);

  /** Adds an event that {@link #takes} said yes to. */
  abstract void add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution);

  /**
   * Sets the features as of an instant.
   *
   * @param base where the first tile lies
   * @param to the tiles {@code [0, to)} are before the instant
   */
  abstract void read(
      ViewState layout, byte[] state, int base, int tileBytes, int to, long asOfMs, Values row);

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

  /** The first of the tiles {@code [0, to)} that is in the output's window. */
  static int from(byte[] state, int base, int tileBytes, int to, Output output, long asOfMs) {
    return ViewState.firstFrom(state, base, tileBytes, to, output.window.startMs(asOfMs));
  }
}
