package io.millrace.feature.window;

/**
 * Until when the values of a key count, and until when anything of it is kept, as far as the time
 * of its last event tells. Immutable and thread-safe.
 *
 * <pre>
 * last event ... endMs: values past their ttl ... forgottenMs: as if never seen ... droppedMs: gone
 * </pre>
 */
final class KeyLife {
  /** No event is this far from the epoch; it keeps sums of instants and lengths from overflow. */
  static final long FARTHEST_MS = 1L << 60;

  private final ViewState layout;
  private final long ttlMs;
  private final long stateTtlMs;
  private final long latenessMs;

  /**
   * @param ttlMs of values; {@link Long#MAX_VALUE} for none
   * @param stateTtlMs of all that is kept; {@link Long#MAX_VALUE} for none
   * @param latenessMs by how much an event that joins a forgotten key may be late
   */
  KeyLife(ViewState layout, long ttlMs, long stateTtlMs, long latenessMs) {
    this.layout = layout;
    this.ttlMs = ttlMs;
    this.stateTtlMs = stateTtlMs;
    this.latenessMs = latenessMs;
  }

  /**
   * The first instant at which nothing of a key that is forgotten need be kept: no event that could
   * still come would join it.
   */
  long droppedMs(byte[] state) {
    long forgottenMs = forgottenMs(state);
    return latenessMs == 0 || forgottenMs == Long.MAX_VALUE
        ? forgottenMs
        : latenessMs >= FARTHEST_MS ? Long.MAX_VALUE : forgottenMs + latenessMs + 1;
  }

  /** The first instant at which a key is forgotten if nothing comes. */
  long forgottenMs(byte[] state) {
    long lastMs = layout.lastEventMs(state);
    return stateTtlMs >= FARTHEST_MS || lastMs == Long.MIN_VALUE
        ? Long.MAX_VALUE
        : lastMs + stateTtlMs;
  }

  /** The first instant past the ttl of a key with this last event. */
  long endMs(long lastEventMs) {
    if (lastEventMs == Long.MIN_VALUE) {
      return Long.MIN_VALUE;
    }
    return ttlMs >= FARTHEST_MS ? Long.MAX_VALUE : lastEventMs + ttlMs + 1;
  }
}
