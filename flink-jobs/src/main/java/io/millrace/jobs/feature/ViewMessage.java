package io.millrace.jobs.feature;

import java.util.Comparator;
import java.util.Objects;

/**
 * What reaches the state of one key and view: an event's contribution, the taking back of one, a
 * request's ask for the row as of its time, a wake at an instant when a value changes without an
 * event, or the ask of an event of another view that this one is joined to.
 *
 * @param view the view's position in the definitions
 * @param stateKey the view's id and the entity's key, {@code view_v1|key}
 * @param timeMs the event's time, the instant asked for, or the instant of the wake
 * @param order breaks ties of events, see {@link io.millrace.feature.Position#order()}
 * @param appendedAtMs when the record was appended to its topic, wall clock; 0 of a wake
 * @param input the contribution, or names of features; empty of an ask, a join or a wake
 * @param requestId who asks; empty unless something is asked
 * @param lookup which of the request's lookups is asked, or which of all joins; 0 unless asked
 */
public record ViewMessage(
    Kind kind,
    int view,
    String stateKey,
    long timeMs,
    long order,
    long appendedAtMs,
    byte[] input,
    String requestId,
    int lookup) {
  private static final byte[] NONE = new byte[0];

  /** What a message wants. */
  public enum Kind {
    EVENT,
    ASK,
    WAKE,
    JOIN,
    RETRACT,
    /** In a checkpoint only: which values of the key are no long, as the last row reported. */
    OVERFLOWING
  }

  /**
   * The total order in which a key sees its messages. A value as of t is of events strictly before
   * t, so what asks at t comes before the events of t, and after those of t - 1. Messages of one
   * key and instant lie side by side, its events in the order of their positions, and after them
   * what is taken back, so that it is there to be found.
   */
  static final Comparator<ViewMessage> TOTAL_ORDER = ViewMessage::compare;

  public ViewMessage {
    Objects.requireNonNull(stateKey, "stateKey");
  }

  /** An event's contribution to a view. */
  public static ViewMessage event(
      int view, String stateKey, long timeMs, long order, long appendedAtMs, byte[] input) {
    return new ViewMessage(Kind.EVENT, view, stateKey, timeMs, order, appendedAtMs, input, "", 0);
  }

  /** Takes back an event's contribution. */
  public static ViewMessage retract(
      int view, String stateKey, long timeMs, long order, long appendedAtMs, byte[] input) {
    return new ViewMessage(Kind.RETRACT, view, stateKey, timeMs, order, appendedAtMs, input, "", 0);
  }

  /** A request for the row as of {@code asOfMs}. */
  public static ViewMessage ask(
      int view,
      String stateKey,
      long asOfMs,
      long order,
      long appendedAtMs,
      String requestId,
      int lookup) {
    return new ViewMessage(
        Kind.ASK, view, stateKey, asOfMs, order, appendedAtMs, NONE, requestId, lookup);
  }

  /** What an event of another view is joined to: the row as of its time. */
  public static ViewMessage join(
      int view, String stateKey, long asOfMs, long order, String eventId, int join) {
    return new ViewMessage(Kind.JOIN, view, stateKey, asOfMs, order, 0, NONE, eventId, join);
  }

  static ViewMessage wake(int view, String stateKey, long atMs) {
    return new ViewMessage(Kind.WAKE, view, stateKey, atMs, 0, 0, NONE, "", 0);
  }

  /**
   * What is noted in a checkpoint of a key with values that are no long.
   *
   * @param names of its features, UTF-8, with line feeds between
   */
  static ViewMessage overflowing(int view, String stateKey, byte[] names) {
    return new ViewMessage(Kind.OVERFLOWING, view, stateKey, 0, 0, 0, names, "", 0);
  }

  /** Whether it changes the state: it brings an event or takes one back. */
  boolean ofEvent() {
    return kind == Kind.EVENT || kind == Kind.RETRACT;
  }

  private static int compare(ViewMessage a, ViewMessage b) {
    // Most differ in time.
    int compared = Long.compare(a.rank(), b.rank());
    // Any order of keys will do; many share an instant, and their names begin alike.
    if (compared == 0) {
      compared = Integer.compare(a.stateKey.hashCode(), b.stateKey.hashCode());
    }
    if (compared == 0) {
      compared = a.stateKey.compareTo(b.stateKey);
    }
    if (compared == 0) {
      compared = a.kind.compareTo(b.kind);
    }
    return compared == 0 ? Long.compare(a.order, b.order) : compared;
  }

  /** Doubled time, events of an instant after all that asks as of it. */
  long rank() {
    return ofEvent() ? 2 * timeMs + 1 : 2 * timeMs;
  }

  /** Whether nothing that must be seen before this message can still come. */
  boolean releasedBy(long watermarkMs) {
    return ofEvent() ? timeMs <= watermarkMs : timeMs - 1 <= watermarkMs;
  }
}
