package io.millrace.feature.window;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;

/**
 * Functions whose memory has no fixed size. One column: the bytes of a {@link Fold}, kept where the
 * texts are. Each event costs the reading and writing of its tile's fold. A node's column refers to
 * bytes of its own, or says that they are to be read {@link #BELOW} it; see {@link FoldNodes}.
 */
final class Folds extends Accumulator {
  /** In place of a text: something is held, but by the eight below the node, not by itself. */
  private static final long BELOW = -2;

  /** What a tile counts beside the bytes of its fold: to go to it costs about as much. */
  static final int HEAD = 64;

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

  /** What has seen nothing. */
  Fold empty() {
    return empty.get();
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
    boolean isChanged = fold.add(timeMs, order, value(contribution), by(contribution));
    return isChanged ? store(layout, state, tile, fold) : state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    if (!holds(state, other)) {
      return state;
    }
    Fold fold = load(layout, state, tile);
    fold.merge(reader(layout, state, ViewState.longAt(state, other + column)));
    return store(layout, state, tile, fold);
  }

  /**
   * Adds an event, which a tile took in, to the nodes that stand for the tile.
   *
   * @param tile its number
   * @param levels how many levels of nodes stand for it
   * @return the state, a larger one if it had to grow; its tiles stay where they are
   */
  byte[] addAbove(
      ViewState layout,
      byte[] state,
      TileTree tree,
      int tile,
      int levels,
      long timeMs,
      long order,
      byte[] contribution) {
    byte[] added = state;
    Fold ofTile = load(layout, state, tree.place(0, tile));
    for (int level = 1; level <= levels; level++) {
      int node = tree.place(level, tile >> ViewState.FAN_BITS * level);
      long bytes = ViewState.longAt(added, node + column);
      if (bytes == ViewState.NO_TEXT) {
        leaveBelow(added, node);
      } else if (bytes != BELOW) {
        Fold fold = load(layout, added, node);
        if (fold.addAs(ofTile, timeMs, order, value(contribution), by(contribution))) {
          added = store(layout, added, node, fold);
        }
      }
    }
    return added;
  }

  /** Says of a node that what it would hold is to be read below it. */
  void leaveBelow(byte[] state, int node) {
    ViewState.putLong(state, node + column, BELOW);
  }

  /**
   * Adds what a tile or node holds to a fold.
   *
   * @return how many bytes were read for it, and {@link #HEAD} for each tile; 0 if it holds nothing
   */
  long gather(ViewState layout, byte[] state, TileTree tree, int place, Fold to) {
    long bytes = ViewState.longAt(state, place + column);
    if (bytes == ViewState.NO_TEXT) {
      return 0;
    }
    if (bytes != BELOW) {
      to.merge(reader(layout, state, bytes));
      return ViewState.textLength(bytes) + (tree.isTile(place) ? HEAD : 0);
    }
    long read = 0;
    int below = tree.below(place);
    for (int i = TileTree.FAN - 1; i >= 0; i--) {
      read += gather(layout, state, tree, below + i * tree.width(), to);
    }
    return read;
  }

  private Object value(byte[] contribution) {
    return boxed(contribution, cell, type);
  }

  private String by(byte[] contribution) {
    return byCell < 0 ? null : String.valueOf(boxed(contribution, byCell, byType));
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

  private static FoldReader reader(ViewState layout, byte[] state, long bytes) {
    return new FoldReader(state, layout.textAt(state, bytes), ViewState.textLength(bytes));
  }

  private Fold load(ViewState layout, byte[] state, int place) {
    Fold fold = empty();
    long bytes = ViewState.longAt(state, place + column);
    if (bytes != ViewState.NO_TEXT) {
      fold.merge(reader(layout, state, bytes));
    }
    return fold;
  }

  private byte[] store(ViewState layout, byte[] state, int place, Fold fold) {
    FoldWriter written = new FoldWriter();
    fold.write(written);
    return put(layout, state, place, written);
  }

  /**
   * Sets what a tile or node holds.
   *
   * @return the state, a larger one if it had to grow; its tiles stay where they are
   */
  byte[] put(ViewState layout, byte[] state, int place, FoldWriter written) {
    boolean fits =
        written.length() <= ViewState.textLength(ViewState.longAt(state, place + column));
    byte[] roomy = fits ? state : layout.room().withTextRoom(state, written.length());
    long old = ViewState.longAt(roomy, place + column);
    long bytes = layout.putText(roomy, old, written.bytes(), 0, written.length());
    ViewState.putLong(roomy, place + column, bytes);
    return roomy;
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    Fold all = empty();
    TileTree tree = walk.tree();
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext()) {
        gather(layout, state, tree, walk.next(), all);
      }
      all.set(output, row);
    }
  }
}
