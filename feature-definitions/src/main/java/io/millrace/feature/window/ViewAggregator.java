package io.millrace.feature.window;

import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.expression.Expressions;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;

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
 * millisecond long, so its state grows with the number of distinct event times in the window, up to
 * {@link WindowSpec#mostInstants}; beyond, it is no longer exact, see {@link #isCoarse}. Give long
 * windows of busy keys a resolution. Nodes stand for many tiles at once, so that a value costs the
 * logarithm of their number; for functions of no fixed size, times the size of what comes out.
 *
 * <p>What the functions make of unusual values:
 *
 * <ul>
 *   <li>Nulls are ignored by all but COUNT of {@code *}.
 *   <li>SUM of INT64 is kept in 128 bits; a sum that is no long is null and reported, never
 *       wrapped. AVG of INT64 is the exact sum divided once.
 *   <li>SUM and AVG of FLOAT64 are kept as double-double, so the order of the events does not show
 *       but for the last bit in rare cases. NaN and infinities spoil them as IEEE 754 says, until
 *       their tile leaves.
 *   <li>MIN and MAX pass over NaN; -0.0 is less than 0.0; text orders by code point; false is less
 *       than true.
 *   <li>LAST of events with the same time is the one with the greatest order, as an unsigned
 *       number.
 * </ul>
 */
public final class ViewAggregator {
  /** The state of a key that was never seen. */
  public static final byte[] EMPTY = new byte[0];

  private final FeatureView view;
  private final KeyReader keys;
  private final RowSchema rowSchema;
  private final Contributions contributions;
  private final Track[] tracks;
  private final RawTrack raw;
  private final Ratios ratios;
  private final ViewState layout;
  private final byte[] blank;
  private final KeyLife life;
  private final ViewExpiry expiry;
  private final long ttlMs;
  private final long stateTtlMs;
  private final long latenessMs;

  /**
   * Tells since when a key is not forgotten, where a late event may join it with what it was; null
   * where none may, or it does not matter.
   */
  private final Track runs;

  private final long reachMs;
  private final int mostWindows;
  private final boolean retracts;

  private ViewAggregator(
      FeatureView view,
      KeyReader keys,
      List<CompiledFeature> features,
      Contributions contributions,
      boolean retracts,
      long latenessMs) {
    this.view = view;
    this.retracts = retracts;
    this.keys = keys;
    this.contributions = contributions;
    this.rowSchema =
        new RowSchema(
            view.id(),
            features.stream().map(f -> Field.nullable(f.feature().name(), f.type())).toList());
    this.ratios = new Ratios(rowSchema, features);
    this.ttlMs = view.ttl().map(ttl -> ttl.toMillis()).orElse(Long.MAX_VALUE);
    this.stateTtlMs = view.stateTtl().map(ttl -> ttl.toMillis()).orElse(Long.MAX_VALUE);

    boolean mayJoinRuns = view.stateTtl().isPresent() && latenessMs > 0;
    this.latenessMs = mayJoinRuns ? latenessMs : 0;
    ViewTracks all =
        ViewTracks.of(
            view, features, contributions, retracts, latenessMs, mayJoinRuns ? stateTtlMs : 0);
    this.tracks = all.tracks();
    this.raw = all.raw();
    this.runs = all.runs();
    this.layout = new ViewState(view.id(), all.layouts());
    this.blank = layout.create();
    this.mostWindows = all.mostWindows();
    this.reachMs = all.reachMs();
    this.life = new KeyLife(layout, ttlMs, stateTtlMs, this.latenessMs);
    this.expiry = new ViewExpiry(layout, tracks, raw, life, reachMs, ttlMs);
  }

  /**
   * Compiles a view of events that are never taken back.
   *
   * @param events the schema of the view's events
   * @throws ExpressionException if an input or filter does not compile, or has a type that the
   *     aggregation does not take, or a default is not of its feature's type
   */
  public static ViewAggregator of(FeatureView view, RowSchema events) {
    return of(view, events, text -> Expressions.compile(text, events));
  }

  /**
   * Compiles a view of a source: events are taken back if its records are changes, and come no
   * later than it says.
   *
   * @throws ExpressionException as {@link #of(FeatureView, RowSchema)}
   */
  public static ViewAggregator of(FeatureView view, EventSource source) {
    RowSchema events = source.schema();
    return of(
        view,
        events,
        text -> Expressions.compile(text, events),
        source.changes().isPresent(),
        source.time().lateness().toMillis());
  }

  /**
   * Compiles a view of events that are never taken back and that come in the order of time, such as
   * the rows of another view: what is closed is not kept for late ones.
   *
   * @throws ExpressionException as {@link #of(FeatureView, RowSchema)}
   */
  public static ViewAggregator ofEventsInOrder(FeatureView view, RowSchema events) {
    return of(view, events, text -> Expressions.compile(text, events), false, 0);
  }

  /**
   * Checks one feature that is no ratio.
   *
   * @throws ExpressionException as {@link #of(FeatureView, RowSchema)}
   */
  public static void check(Feature feature, RowSchema events) {
    List<CompiledFeature> compiled =
        CompiledFeature.compile(
            events.name(), List.of(feature), text -> Expressions.compile(text, events));
    new Track(0, compiled, new Contributions(events.name(), compiled), 0, true);
  }

  /**
   * As {@link #of(FeatureView, RowSchema)}, with the expressions that a function makes of texts.
   */
  static ViewAggregator of(
      FeatureView view, RowSchema events, Function<String, Expression> compiler) {
    return of(view, events, compiler, false, Long.MAX_VALUE);
  }

  static ViewAggregator of(
      FeatureView view,
      RowSchema events,
      Function<String, Expression> compiler,
      boolean retracts,
      long latenessMs) {
    List<CompiledFeature> features =
        CompiledFeature.compile(view.name(), view.features(), compiler);
    return new ViewAggregator(
        view,
        KeyReader.of(view.entity().keys(), events),
        features,
        new Contributions(view.id(), features),
        retracts,
        latenessMs);
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
   * every expression once, and no input that no filter admits.
   */
  public byte[] contribution(Row event) {
    return contributions.of(event);
  }

  /**
   * Adds one event, in any order of time. What no window as of the last {@link #expire} or later
   * sees is not kept.
   *
   * @param state what {@link #add} returned last, or {@link #EMPTY}; it may be changed in place and
   *     must not be used again
   * @param order breaks ties of time, as {@link io.millrace.feature.Position#order()} does;
   *     compared as unsigned
   * @return the new state
   * @throws IllegalArgumentException if the state or the contribution is not of this view, or the
   *     time is no time in milliseconds
   */
  public byte[] add(byte[] state, long timeMs, long order, byte[] contribution) {
    requireTime(timeMs);
    contributions.check(contribution);
    return added(state.length == 0 ? state : checked(state), timeMs, order, contribution);
  }

  /**
   * @throws IllegalArgumentException if it is no time in milliseconds
   */
  void requireTime(long timeMs) {
    if (timeMs > KeyLife.FARTHEST_MS || timeMs < -KeyLife.FARTHEST_MS) {
      throw new IllegalArgumentException(
          "an event of "
              + view.id()
              + " has the time "
              + timeMs
              + ", which is no number of milliseconds since 1970; check the source's time field");
    }
  }

  /** As {@link #add}, of a state that was checked. */
  byte[] added(byte[] state, long timeMs, long order, byte[] contribution) {
    byte[] added = beginsAnew(state, timeMs) ? layout.create() : state;
    int base = layout.base(added, 0);
    for (int i = 0; i < tracks.length; i++) {
      added = tracks[i].add(layout, added, base, timeMs, order, contribution);
      base += layout.trackBytes(added, i);
    }
    if (raw != null) {
      added = raw.add(layout, added, timeMs, order, contribution);
    }
    if (timeMs > layout.lastEventMs(added)) {
      layout.setLastEventMs(added, timeMs);
    }
    return added;
  }

  /**
   * Takes back an event that was added, as a change to a table does. What is no longer kept is not
   * missed; an event that never came is not there to be found.
   *
   * @param order that of the event if it is known, else any: of several events of one time that
   *     brought the same, one is as good as the other
   * @param contribution what the event brought, by {@link #contribution}
   * @return the new state; the one given must not be used again
   * @throws IllegalStateException if the view's source does not declare changes
   */
  public byte[] remove(byte[] state, long timeMs, long order, byte[] contribution) {
    if (!retracts) {
      throw new IllegalStateException(
          view.id()
              + " takes nothing back, since its source "
              + view.source()
              + " declares no changes");
    }
    contributions.check(contribution);
    if (state.length == 0) {
      return state;
    }
    checked(state);
    for (Track track : tracks) {
      track.remove(layout, state, timeMs, contribution);
    }
    if (raw != null) {
      raw.remove(layout, state, timeMs, order, contribution);
      layout.setLastEventMs(state, raw.lastMs(layout, state));
    }
    return state;
  }

  /**
   * The values as of an instant: of events strictly before it. With a ttl, the values of a key
   * whose last event is older than that are as of {@link #EMPTY}.
   *
   * @param asOfMs later than every event added, or else the view must be exact (no tiles); not
   *     earlier than the last {@link #expire}, or else what that dropped is missing
   * @throws IllegalArgumentException if the answer would need to cut a tile, since it would
   *     otherwise see the future, or if it depends on a ttl that the state does not tell
   */
  public Values valuesAt(byte[] state, long asOfMs) {
    return valuesAt(state, asOfMs, feature -> {});
  }

  /**
   * As {@link #valuesAt(byte[], long)}, and tells which values are null only because the sum or the
   * difference is no long.
   *
   * @param overflows takes the position of each such feature
   */
  public Values valuesAt(byte[] state, long asOfMs, IntConsumer overflows) {
    byte[] read = state.length == 0 ? blank : checked(state);
    long instantMs = instantOf(asOfMs);
    if (isForgotten(read, instantMs)) {
      read = blank;
    }
    if (ttlMs != Long.MAX_VALUE && isPastTtl(read, instantMs)) {
      read = blank;
    }
    Values row = new Values(rowSchema.size());
    TileWalk walk = new TileWalk(mostWindows, overflows);
    for (Track track : tracks) {
      track.reader().read(layout, read, instantMs, sinceMs(read, instantMs), walk, row);
    }
    if (raw != null) {
      raw.read(layout, read, instantMs, walk, row);
    }
    ratios.set(row);
    return row;
  }

  /** Whether an event of this time finds nothing of the key, and no late one can change that. */
  boolean beginsAnew(byte[] state, long timeMs) {
    return state.length == 0 || (life.forgottenMs(state) <= timeMs && latenessMs == 0);
  }

  /** Whether a late event may join what a key was before it was forgotten with what it is. */
  boolean mayJoinRuns() {
    return latenessMs > 0;
  }

  /** Since when what is kept of the key is seen as of an instant: since it was last forgotten. */
  long sinceMs(byte[] state, long asOfMs) {
    return runs == null ? Long.MIN_VALUE : runs.openSinceMs(layout, state, asOfMs);
  }

  /** Whether the key counts as one never seen, as of an instant after all its events. */
  public boolean isForgotten(byte[] state, long asOfMs) {
    return state.length == 0 || life.forgottenMs(state) <= asOfMs;
  }

  private boolean isPastTtl(byte[] state, long asOfMs) {
    long lastMs = layout.lastEventMs(state);
    if (lastMs < asOfMs) {
      return life.endMs(lastMs) <= asOfMs;
    }
    // Which event was the last before asOfMs is not kept. What is in a window is young enough, if
    // the ttl is longer than the windows; else an exact track may know an event that is.
    boolean known = reachMs <= ttlMs;
    for (Track track : tracks) {
      known |= life.endMs(track.reader().lastBefore(layout, state, asOfMs)) > asOfMs;
    }
    known |= raw != null;
    if (!known) {
      throw new IllegalArgumentException(
          "the values of "
              + view.id()
              + " as of "
              + Instant.ofEpochMilli(asOfMs)
              + " depend on its ttl and the last event before that, which the state does not tell:"
              + " it holds an event of "
              + Instant.ofEpochMilli(lastMs)
              + "; ask in the order of time");
    }
    return false;
  }

  /**
   * The next instant after {@code asOfMs} at which a value may change with no new event, because
   * events leave a window, the ttl ends or the key is forgotten; of a key that {@link
   * #isForgotten}, when nothing of it need be kept; {@link Long#MAX_VALUE} if none does. No value
   * changes before it. That one changes at it is likely, not certain: a tile that leaves may hold
   * the same minimum as one that stays.
   *
   * @param asOfMs later than every event added: events at or after it are not looked at
   */
  public long nextChangeAfter(byte[] state, long asOfMs) {
    if (state.length == 0) {
      return Long.MAX_VALUE;
    }
    checked(state);
    long instantMs = instantOf(asOfMs);
    long forgottenMs = life.forgottenMs(state);
    if (forgottenMs <= instantMs) {
      return life.droppedMs(state) <= instantMs ? Long.MAX_VALUE : life.droppedMs(state);
    }
    long endMs = life.endMs(layout.lastEventMs(state));
    if (endMs <= instantMs) {
      return forgottenMs;
    }
    long next = raw == null ? Long.MAX_VALUE : raw.nextChangeAfter(layout, state, instantMs);
    for (Track track : tracks) {
      next = Math.min(next, track.reader().nextChangeAfter(layout, state, instantMs));
    }
    return nextChange(state, next);
  }

  /**
   * When a value changes next that is not past its ttl.
   *
   * @param nextOfTracks the next instant at which a tile leaves or enters a window
   */
  long nextChange(byte[] state, long nextOfTracks) {
    long endMs = life.endMs(layout.lastEventMs(state));
    boolean anyAtEnd = raw != null;
    for (int i = 0; i < tracks.length && endMs != Long.MAX_VALUE && !anyAtEnd; i++) {
      anyAtEnd =
          tracks[i].life().emptyFromMs(layout, state, layout.base(state, i), endMs - 1) >= endMs;
    }
    long next = Math.min(nextOfTracks, life.forgottenMs(state));
    return anyAtEnd ? Math.min(next, endMs) : next;
  }

  /**
   * Whether values as of the instant are those of the tiles in windows, all of which are before it.
   */
  boolean isReadInTiles(byte[] state, long asOfMs) {
    return state.length > 0
        && raw == null
        && asOfMs >= -KeyLife.FARTHEST_MS
        && asOfMs > layout.lastEventMs(state)
        && life.forgottenMs(state) > asOfMs
        && life.endMs(layout.lastEventMs(state)) > asOfMs;
  }

  /**
   * Drops what no window as of {@code asOfMs} or later sees; a little of it may stay until dropping
   * is worth a copy. The values as of that or any later instant are the same before and after.
   *
   * @return the state, maybe a smaller one, or {@link #EMPTY} if nothing is left to remember; the
   *     state given must not be used again
   */
  public byte[] expire(byte[] state, long asOfMs) {
    if (state.length == 0) {
      return state;
    }
    checked(state);
    return expiry.expired(state, layout.bases(state), instantOf(asOfMs));
  }

  /** No earlier than sums of instants and lengths allow. */
  long instantOf(long asOfMs) {
    return Math.max(asOfMs, -KeyLife.FARTHEST_MS);
  }

  /**
   * How the state and the contributions of this view are laid out: what {@link StateMigration}
   * needs to read them when the view's features have changed.
   */
  public String stateLayout() {
    return TrackLayout.describe(layout.tracks())
        + StateMigration.SEPARATOR
        + contributions.describe();
  }

  /** Makes rows of states of this view; one for each thread. */
  public RowMaker rowMaker() {
    return new RowMaker(this, tracks, mostWindows);
  }

  /** Packs states of this view; one for each thread. */
  public StatePacker packer() {
    return new StatePacker(this);
  }

  ViewExpiry expiry() {
    return expiry;
  }

  Ratios ratios() {
    return ratios;
  }

  ViewState layout() {
    return layout;
  }

  Contributions contributions() {
    return contributions;
  }

  /** The track at that place in the layout, or null if it is that of events. */
  Track track(int index) {
    return index < tracks.length ? tracks[index] : null;
  }

  /** The time of the last event added, or {@link Long#MIN_VALUE} for {@link #EMPTY}. */
  public long lastEventMs(byte[] state) {
    return state.length == 0 ? Long.MIN_VALUE : layout.lastEventMs(checked(state));
  }

  /**
   * Whether the key had more instants with an event in an exact window than {@link
   * WindowSpec#mostInstants} (or events, where they are taken back, than 100,000), so that its
   * older events no longer leave one by one. Once so, it stays so until nothing of the key is left.
   */
  public boolean isCoarse(byte[] state) {
    return state.length > 0 && layout.isCoarse(state);
  }

  /** How many rows were made of this key; kept in the state so that it survives with it. */
  public long sequence(byte[] state) {
    return state.length == 0 ? 0 : layout.sequence(checked(state));
  }

  /**
   * Counts one more row; changes the state in place.
   *
   * @throws IllegalArgumentException for {@link #EMPTY}, which has no room to count in
   */
  public void countRow(byte[] state) {
    if (state.length == 0) {
      throw new IllegalArgumentException(
          "the empty state of " + view.id() + " counts no rows; add an event first");
    }
    layout.setSequence(state, layout.sequence(checked(state)) + 1);
  }

  private byte[] checked(byte[] state) {
    layout.check(state);
    return state;
  }
}
