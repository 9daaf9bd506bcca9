package io.millrace.feature.window;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;

/**
 * Functions whose memory has no fixed size. One column: the bytes of a {@link Fold}, kept where the
 * texts are. Each event costs the reading and writing of its tile's fold.
 */
final class Folds extends Accumulator {
  private final Supplier<Fold> empty;
  private final ValueType type;
  private final int byCell;
  private final ValueType byType;

  /**
   * @param byCell where the category lies in a contribution, or -1
   */
  Folds(int slot, int cell, int byCell, int column, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    CompiledFeature example = features.get(0);
    this.empty = () -> emptyOf(example);
    this.type = example.inputType();
    this.byCell = byCell;
    this.byType = example.by().map(by -> by.type()).orElse(ValueType.STRING);
  }

  private static Fold emptyOf(CompiledFeature feature) {
    return switch (feature.aggregation()) {
      case FIRST_K, LAST_K, TOP_K, BOTTOM_K -> new SomeValues(feature);
      case COUNT_DISTINCT -> new DistinctValues(feature.feature().parameters().k());
      case QUANTILE, QUANTILES -> new Quantiles();
      case FREQUENT_ITEMS -> new FrequentItems();
      case COUNT_BY, SUM_BY, AVG_BY -> new Categories(feature.aggregation());
      case VECTOR_SUM, VECTOR_AVG, VECTOR_MIN, VECTOR_MAX ->
          new Vectors(feature.aggregation(), feature.feature().parameters().k());
      case IS_NEW -> new Novelty();
      default -> throw new IllegalStateException(feature.aggregation() + " is no fold");
    };
  }

  @Override
  boolean isSummable() {
    return false;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + column) != ViewState.NO_TEXT;
  }

  @Override
  void clear(byte[] state, int tile) {
    ViewState.putLong(state, tile + column, ViewState.NO_TEXT);
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    Fold fold = load(layout, state, tile);
    String by = byCell < 0 ? null : String.valueOf(boxed(contribution, byCell, byType));
    fold.add(timeMs, order, boxed(contribution, cell, type), by);
    return store(layout, state, tile, fold);
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    Fold fold = load(layout, state, tile);
    fold.merge(load(layout, state, other));
    return store(layout, state, tile, fold);
  }

  private static Object boxed(byte[] contribution, int at, ValueType type) {
    long bits = ViewState.longAt(contribution, at);
    return switch (type) {
      case INT64, TIMESTAMP -> (Object) bits;
      case FLOAT64 -> Double.longBitsToDouble(bits);
      case BOOL -> bits != 0;
      case STRING ->
          new String(
              contribution,
              (int) (bits >>> 32),
              ViewState.textLength(bits),
              StandardCharsets.UTF_8);
      case INT64_LIST, FLOAT64_LIST -> {
        double[] vector = new double[ViewState.textLength(bits) / 8];
        for (int i = 0; i < vector.length; i++) {
          vector[i] = ViewState.doubleAt(contribution, (int) (bits >>> 32) + 8 * i);
        }
        yield vector;
      }
      case STRING_LIST, FLOAT64_MAP -> throw new IllegalStateException("no function takes " + type);
    };
  }

  private Fold load(ViewState layout, byte[] state, int tile) {
    Fold fold = empty.get();
    long bytes = ViewState.longAt(state, tile + column);
    if (bytes != ViewState.NO_TEXT) {
      int at = layout.textAt(state, bytes);
      try {
        fold.read(
            new DataInputStream(new ByteArrayInputStream(state, at, ViewState.textLength(bytes))));
      } catch (IOException e) {
        throw new UncheckedIOException("a fold of " + layout.view() + " is damaged", e);
      }
    }
    return fold;
  }

  private byte[] store(ViewState layout, byte[] state, int tile, Fold fold) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      fold.write(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] written = bytes.toByteArray();
    byte[] roomy = layout.room().withTextRoom(state, written.length);
    long old = ViewState.longAt(roomy, tile + column);
    ViewState.putLong(roomy, tile + column, layout.putText(roomy, old, written, 0, written.length));
    return roomy;
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    Fold all = null;
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext()) {
        int tile = walk.next();
        if (holds(state, tile)) {
          Fold fold = load(layout, state, tile);
          if (all == null) {
            all = fold;
          } else {
            all.merge(fold);
          }
        }
      }
      (all == null ? empty.get() : all).set(output, row);
    }
  }
}
