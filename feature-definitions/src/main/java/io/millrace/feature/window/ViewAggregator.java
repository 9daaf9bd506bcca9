package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.expression.Expressions;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The one engine: computes a view's values from its events, in stream, backfill, training set and
 * request alike. It holds no state of its own; the state of a key and view is one packed value that
 * the caller keeps. Immutable and thread-safe.
 *
 * <pre>
 * byte[] input = aggregator.contribution(event);           // near the source: columns become inputs
 * state = aggregator.add(state, event.timeMs(), event.position().order(), input);  // at the key
 * Values row = aggregator.valuesAt(state, asOfMs);
 * </pre>
 *
 * <p>Events lie in tiles as long as the window's resolution; an exact window's tile is one
 * millisecond long. Integer sums are kept in 128 bits: one that does not fit 64 bits is null. Sums
 * of doubles are kept as double-double, so the order of the events does not show.
 */
public final class ViewAggregator {
  /** The state of a key that was never seen. */
  public static final byte[] EMPTY = new byte[0];

  /** How one feature is read from its track. */
  private record Plan(
      Aggregation aggregation,
      int track,
      Track.Part part,
      WindowSpec window,
      ValueType type,
      Object defaultValue) {}

  private final FeatureView view;
  private final KeyReader keys;
  private final RowSchema rowSchema;
  private final Input[] inputs;
  private final Track[] tracks;
  private final Plan[] plans;
  private final int layout;
  private final long ttlMs;

  private ViewAggregator(
      FeatureView view,
      KeyReader keys,
      RowSchema rowSchema,
      List<Input> inputs,
      List<Track> tracks,
      List<Plan> plans) {
    this.view = view;
    this.keys = keys;
    this.rowSchema = rowSchema;
    this.inputs = inputs.toArray(Input[]::new);
    this.tracks = tracks.toArray(Track[]::new);
    this.plans = plans.toArray(Plan[]::new);
    this.ttlMs = view.ttl().map(ttl -> ttl.toMillis()).orElse(Long.MAX_VALUE);
    this.layout = layoutOf(this.tracks);
  }

  /**
   * Compiles a view.
   *
   * @param events the schema of the view's source
   * @throws ExpressionException if an input or filter does not compile, or has a type that the
   *     aggregation does not take
   */
  public static ViewAggregator of(FeatureView view, RowSchema events) {
    Map<String, Integer> inputIndexes = new LinkedHashMap<>();
    List<Input> inputs = new ArrayList<>();
    Map<Long, Integer> trackIndexes = new LinkedHashMap<>();
    List<Track> tracks = new ArrayList<>();
    List<Plan> plans = new ArrayList<>();
    List<Field> fields = new ArrayList<>();
    for (Feature feature : view.features()) {
      String inputId = feature.input() + "\n" + feature.where().orElse("");
      Integer input = inputIndexes.get(inputId);
      if (input == null) {
        input = inputs.size();
        inputIndexes.put(inputId, input);
        inputs.add(compileInput(feature, events));
      }
      ValueType inputType = inputs.get(input).type();
      requireTaken(feature, inputType);
      WindowSpec window = feature.window();
      Integer track = trackIndexes.get(window.resolutionMs());
      if (track == null) {
        track = tracks.size();
        trackIndexes.put(window.resolutionMs(), track);
        tracks.add(new Track(window.resolutionMs()));
      }
      Track.Part part =
          tracks
              .get(track)
              .partFor(
                  Column.of(feature.aggregation(), inputType),
                  input,
                  inputType == ValueType.FLOAT64,
                  window.lengthMs());
      ValueType type = outputType(feature.aggregation(), inputType);
      fields.add(Field.nullable(feature.name(), type));
      plans.add(
          new Plan(feature.aggregation(), track, part, window, type, defaultOf(feature, type)));
    }
    return new ViewAggregator(
        view,
        KeyReader.of(view.entity().keys(), events),
        new RowSchema(view.id(), fields),
        inputs,
        tracks,
        plans);
  }

  private static Input compileInput(Feature feature, RowSchema events) {
    Optional<Expression> where = feature.where().map(text -> Expressions.compile(text, events));
    if (where.isPresent() && where.get().type() != ValueType.BOOL) {
      throw new ExpressionException(
          where.get().text(), 0, "a filter is BOOL, but this is " + where.get().type());
    }
    boolean allEvents = feature.input().equals("*");
    return new Input(
        allEvents ? Optional.empty() : Optional.of(Expressions.compile(feature.input(), events)),
        where);
  }

  private static void requireTaken(Feature feature, ValueType type) {
    boolean taken =
        switch (feature.aggregation()) {
          case COUNT -> true;
          case SUM, AVG -> type.isNumeric();
          case MIN, MAX -> type.isNumeric() || type == ValueType.TIMESTAMP;
          case LAST -> type.isPrimitive();
        };
    if (!taken || (feature.input().equals("*") && feature.aggregation() != Aggregation.COUNT)) {
      throw new ExpressionException(
          feature.input(),
          0,
          feature.aggregation().word()
              + " does not take "
              + feature.input()
              + ", which is "
              + type);
    }
  }

  /** The type of an aggregation of inputs of a type. */
  static ValueType outputType(Aggregation aggregation, ValueType input) {
    return switch (aggregation) {
      case COUNT -> ValueType.INT64;
      case AVG -> ValueType.FLOAT64;
      default -> input;
    };
  }

  /** The feature's default as a value of its type; null if it has none. */
  static Object defaultOf(Feature feature, ValueType type) {
    if (feature.defaultValue().isEmpty()) {
      return null;
    }
    String text = feature.defaultValue().get();
    try {
      return switch (type) {
        case INT64, TIMESTAMP -> (Object) Long.valueOf(text);
        case FLOAT64 -> Double.valueOf(text);
        case BOOL -> Boolean.valueOf(text);
        case STRING -> text;
      };
    } catch (NumberFormatException e) {
      throw new ExpressionException(
          text, 0, "the default of " + feature.name() + " must be " + type + ", but it is " + text);
    }
  }

  private static int layoutOf(Track[] tracks) {
    int hash = 1;
    for (Track track : tracks) {
      hash = 31 * hash + Long.hashCode(track.resolutionMs());
      for (Track.Part part : track.parts()) {
        hash = 31 * hash + part.column().name().hashCode();
        hash = 31 * hash + part.input();
        hash = 31 * hash + (part.real() ? 1 : 0);
      }
    }
    return hash;
  }

  public FeatureView view() {
    return view;
  }

  /** Reads the view's key from an event. */
  public KeyReader keys() {
    return keys;
  }

  /** The names and types of the view's features, in their order; all nullable. */
  public RowSchema rowSchema() {
    return rowSchema;
  }

  /**
   * What an event brings to the view: its inputs and the outcome of its filters, packed. Evaluates
   * every expression once.
   */
  public byte[] contribution(Row event) {
    byte[] contribution = new byte[inputs.length * Input.BYTES];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i].evaluate(event, contribution, i * Input.BYTES);
    }
    return contribution;
  }

  /**
   * Adds one event, in any order of time.
   *
   * @param state what {@link #add} returned last, or {@link #EMPTY}; it may be changed in place and
   *     must not be used again
   * @param order breaks ties of time, as {@link io.millrace.feature.Position#order()} does
   * @return the new state
   */
  public byte[] add(byte[] state, long timeMs, long order, byte[] contribution) {
    byte[] result = state.length == 0 ? ViewState.create(tracks, layout) : checked(state);
    ViewState.lastEventMs(result, Math.max(timeMs, ViewState.lastEventMs(result)));
    for (int t = 0; t < tracks.length; t++) {
      if (!concerns(tracks[t], contribution)) {
        continue;
      }
      Track track = tracks[t];
      long start = track.tileStart(timeMs);
      int offset = ViewState.offsetOf(result, tracks, t);
      int count = ViewState.tiles(result, t);
      int index = indexOf(result, track, offset, count, start);
      if (index == count || Longs.get(result, offset + index * track.tileBytes()) != start) {
        result = ViewState.insertTile(result, tracks, t, index, offset, start);
      }
      take(result, offset + index * track.tileBytes(), track, timeMs, order, contribution);
    }
    return result;
  }

  /** Where the tile is or belongs; the newest first, since that is where events mostly go. */
  private static int indexOf(byte[] state, Track track, int offset, int count, long start) {
    if (count == 0) {
      return 0;
    }
    long newest = Longs.get(state, offset + (count - 1) * track.tileBytes());
    if (newest == start) {
      return count - 1;
    }
    return newest < start
        ? count
        : ViewState.firstTileFrom(state, offset, count, track.tileBytes(), start);
  }

  private static boolean concerns(Track track, byte[] contribution) {
    for (Track.Part part : track.parts()) {
      if (concerns(part, contribution)) {
        return true;
      }
    }
    return false;
  }

  private static boolean concerns(Track.Part part, byte[] contribution) {
    int at = part.input() * Input.BYTES;
    if (contribution[at] != Input.VALUE) {
      return false;
    }
    return !(part.real()
        && part.column().ignoresNaN()
        && Double.isNaN(Longs.getDouble(contribution, at + 1)));
  }

  private static void take(
      byte[] state, int tile, Track track, long timeMs, long order, byte[] contribution) {
    for (Track.Part part : track.parts()) {
      if (concerns(part, contribution)) {
        int at = tile + part.offset();
        long bits = Longs.get(contribution, part.input() * Input.BYTES + 1);
        part.column().take(state, at, bits, part.real(), timeMs, order);
        Longs.set(state, at, Longs.get(state, at) + 1);
      }
    }
  }

  /**
   * The values as of an instant: of events strictly before it. With a ttl, the values of a key
   * whose last event is older than that are as of {@link #EMPTY}.
   *
   * @param asOfMs later than every event added, or else the view must be exact (no tiles)
   * @throws IllegalArgumentException if the answer would need to cut a tile, since it would
   *     otherwise see the future
   */
  public Values valuesAt(byte[] state, long asOfMs) {
    boolean known = state.length > 0 && !isPastTtl(checked(state), asOfMs);
    Values values = new Values(plans.length);
    byte[] merged = new byte[4 * Long.BYTES];
    for (int i = 0; i < plans.length; i++) {
      Plan plan = plans[i];
      java.util.Arrays.fill(merged, (byte) 0);
      if (known) {
        mergeWindow(state, plan, asOfMs, merged);
      }
      read(plan, merged, values, i);
      if (values.isNull(i) && plan.defaultValue() != null) {
        values.setBoxed(i, plan.defaultValue());
      }
    }
    return values;
  }

  private boolean isPastTtl(byte[] state, long asOfMs) {
    return ttlMs != Long.MAX_VALUE && ViewState.lastEventMs(state) < asOfMs - ttlMs;
  }

  private void mergeWindow(byte[] state, Plan plan, long asOfMs, byte[] merged) {
    Track track = tracks[plan.track()];
    int tileBytes = track.tileBytes();
    int count = ViewState.tiles(state, plan.track());
    int offset = ViewState.offsetOf(state, tracks, plan.track());
    long startMs = plan.window().startMs(asOfMs);
    int first = ViewState.firstTileFrom(state, offset, count, tileBytes, startMs);
    Track.Part part = plan.part();
    for (int i = first; i < count; i++) {
      int tile = offset + i * tileBytes;
      long tileStart = Longs.get(state, tile);
      if (tileStart >= asOfMs) {
        break;
      }
      long taken = Longs.get(state, tile + part.offset());
      if (taken == 0) {
        continue;
      }
      requireUncut(state, track, tileStart, asOfMs);
      part.column().merge(merged, 0, state, tile + part.offset(), part.real());
      Longs.set(merged, 0, Longs.get(merged, 0) + taken);
    }
  }

  private void requireUncut(byte[] state, Track track, long tileStart, long asOfMs) {
    boolean reachesFurther = track.isLifetime() || tileStart + track.resolutionMs() > asOfMs;
    if (reachesFurther && ViewState.lastEventMs(state) >= asOfMs) {
      throw new IllegalArgumentException(
          "the values of "
              + view.id()
              + " as of "
              + Instant.ofEpochMilli(asOfMs)
              + " would see the future: the state holds an event of "
              + Instant.ofEpochMilli(ViewState.lastEventMs(state))
              + " and its tiles do not tell them apart; ask in the order of time");
    }
  }

  private static void read(Plan plan, byte[] merged, Values values, int index) {
    long count = Longs.get(merged, 0);
    if (plan.aggregation() == Aggregation.COUNT) {
      values.setLong(index, count);
      return;
    }
    if (count == 0) {
      return;
    }
    switch (plan.part().column()) {
      case INT_SUM -> readIntegerSum(plan, merged, count, values, index);
      case FLOAT_SUM -> {
        double sum = Longs.getDouble(merged, 8);
        values.setDouble(index, plan.aggregation() == Aggregation.AVG ? sum / count : sum);
      }
      case LAST -> setBits(values, index, plan.type(), Longs.get(merged, 24));
      default -> setBits(values, index, plan.type(), Longs.get(merged, 8));
    }
  }

  private static void readIntegerSum(
      Plan plan, byte[] merged, long count, Values values, int index) {
    long low = Longs.get(merged, 8);
    long high = Longs.get(merged, 16);
    boolean fits = high == low >> 63;
    if (plan.aggregation() == Aggregation.AVG) {
      double sum = fits ? low : wide(low, high).doubleValue();
      values.setDouble(index, sum / count);
    } else if (fits) {
      values.setLong(index, low);
    }
  }

  private static BigInteger wide(long low, long high) {
    return BigInteger.valueOf(high).shiftLeft(64).add(new BigInteger(Long.toUnsignedString(low)));
  }

  private static void setBits(Values values, int index, ValueType type, long bits) {
    switch (type) {
      case FLOAT64 -> values.setDouble(index, Double.longBitsToDouble(bits));
      case BOOL -> values.setBoolean(index, bits != 0);
      default -> values.setLong(index, bits);
    }
  }

  /**
   * The next instant after {@code asOfMs} at which a value changes because events leave a window,
   * with no new event; {@link Long#MAX_VALUE} if none does.
   */
  public long nextChangeAfter(byte[] state, long asOfMs) {
    if (state.length == 0) {
      return Long.MAX_VALUE;
    }
    checked(state);
    long next = Long.MAX_VALUE;
    for (Plan plan : plans) {
      if (plan.window().kind() == WindowSpec.Kind.SLIDING) {
        next = Math.min(next, firstLeaving(state, plan, asOfMs));
      }
    }
    return next;
  }

  /** When the oldest tile that counts for a feature leaves its window: start + tile + length. */
  private long firstLeaving(byte[] state, Plan plan, long asOfMs) {
    Track track = tracks[plan.track()];
    int tileBytes = track.tileBytes();
    int count = ViewState.tiles(state, plan.track());
    int offset = ViewState.offsetOf(state, tracks, plan.track());
    int first =
        ViewState.firstTileFrom(state, offset, count, tileBytes, plan.window().startMs(asOfMs));
    for (int i = first; i < count; i++) {
      int tile = offset + i * tileBytes;
      if (Longs.get(state, tile + plan.part().offset()) > 0) {
        return Longs.get(state, tile) + track.resolutionMs() + plan.window().lengthMs();
      }
    }
    return Long.MAX_VALUE;
  }

  /**
   * Drops what no window as of {@code asOfMs} or later sees. The values as of any later instant are
   * the same before and after.
   *
   * @return the smaller state, or {@link #EMPTY} if nothing is left to remember
   */
  public byte[] expire(byte[] state, long asOfMs) {
    if (state.length == 0) {
      return state;
    }
    checked(state);
    int[] dropped = null;
    boolean anyLeft = false;
    for (int t = 0; t < tracks.length; t++) {
      Track track = tracks[t];
      int count = ViewState.tiles(state, t);
      int gone = 0;
      if (!track.isLifetime() && count > 0) {
        long startMs =
            Math.floorDiv(asOfMs - track.longestMs(), track.resolutionMs()) * track.resolutionMs();
        int offset = ViewState.offsetOf(state, tracks, t);
        if (Longs.get(state, offset) < startMs) {
          gone = ViewState.firstTileFrom(state, offset, count, track.tileBytes(), startMs);
        }
      }
      if (gone > 0) {
        dropped = dropped == null ? new int[tracks.length] : dropped;
        dropped[t] = gone;
      }
      anyLeft |= count > gone;
    }
    if (!anyLeft) {
      return EMPTY;
    }
    return dropped == null ? state : ViewState.dropTiles(state, tracks, dropped);
  }

  /** The time of the last event added, or {@link Long#MIN_VALUE} for {@link #EMPTY}. */
  public long lastEventMs(byte[] state) {
    return state.length == 0 ? Long.MIN_VALUE : ViewState.lastEventMs(checked(state));
  }

  /** How many rows were made of this key; kept in the state so that it survives with it. */
  public long sequence(byte[] state) {
    return state.length == 0 ? 0 : ViewState.sequence(checked(state));
  }

  /** Counts one more row; changes the state in place. */
  public void countRow(byte[] state) {
    ViewState.sequence(checked(state), ViewState.sequence(state) + 1);
  }

  private byte[] checked(byte[] state) {
    ViewState.check(state, tracks, layout, view.id());
    return state;
  }
}
