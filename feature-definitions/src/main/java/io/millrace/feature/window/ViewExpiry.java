package io.millrace.feature.window;

/**
 * What of a key's state no window sees any more, and when it is worth dropping. Immutable and
 * thread-safe.
 */
final class ViewExpiry {
  private final ViewState layout;
  private final Track[] tracks;
  private final RawTrack raw;
  private final KeyLife life;
  private final long reachMs;
  private final long ttlMs;

  /**
   * @param raw null if no events themselves are kept
   * @param reachMs the greatest age that an event in any window can have
   * @param ttlMs of values; {@link Long#MAX_VALUE} for none
   */
  ViewExpiry(
      ViewState layout, Track[] tracks, RawTrack raw, KeyLife life, long reachMs, long ttlMs) {
    this.layout = layout;
    this.tracks = tracks;
    this.raw = raw;
    this.life = life;
    this.reachMs = reachMs;
    this.ttlMs = ttlMs;
  }

  /**
   * The first instant as of which {@link ViewAggregator#expire} may drop something, if nothing
   * comes; until then it only notes the instant.
   */
  long idleUntilMs(byte[] state, int[] bases, long asOfMs) {
    long untilMs = raw == null ? life.droppedMs(state) : asOfMs;
    long emptyFromMs = Long.MIN_VALUE;
    for (int i = 0; i < tracks.length && untilMs > asOfMs; i++) {
      untilMs =
          Math.min(untilMs, tracks[i].life().worthDroppingFromMs(layout, state, bases[i], asOfMs));
      emptyFromMs =
          Math.max(emptyFromMs, tracks[i].life().emptyFromMs(layout, state, bases[i], asOfMs));
    }
    return Math.min(untilMs, emptyFromMs);
  }

  /** As {@link ViewAggregator#expire}, of a state that was checked. */
  byte[] expired(byte[] state, int[] bases, long instantMs) {
    if (life.droppedMs(state) <= instantMs) {
      return ViewAggregator.EMPTY;
    }
    boolean isWorthACopy = false;
    boolean isAnyLeft = false;
    for (int i = 0; i < tracks.length; i++) {
      TrackLife ofTrack = tracks[i].life();
      isWorthACopy |= ofTrack.worthDroppingFromMs(layout, state, bases[i], instantMs) <= instantMs;
      isAnyLeft |= ofTrack.emptyFromMs(layout, state, bases[i], instantMs) > instantMs;
    }
    if (raw != null) {
      int events = layout.tiles(state, raw.index());
      int expired = raw.expired(layout, state, instantMs, ttlMs);
      isWorthACopy |= expired > 0 && expired * 8L >= events;
      isAnyLeft |= expired < events;
    }
    // An event that no filter admitted leaves no tile, but its time may keep older ones alive.
    boolean doesTimeMatter = reachMs > ttlMs && life.endMs(layout.lastEventMs(state)) > instantMs;
    if (!isAnyLeft && !doesTimeMatter) {
      return ViewAggregator.EMPTY;
    }
    noteExpiry(state, instantMs);
    if (!isWorthACopy) {
      return state;
    }
    int[] dropped = new int[layout.tracks().size()];
    for (int i = 0; i < tracks.length; i++) {
      if (tracks[i].life().worthDroppingFromMs(layout, state, bases[i], instantMs) <= instantMs) {
        int expired = tracks[i].life().expired(layout, state, bases[i], instantMs);
        dropped[i] = tracks[i].life().droppable(layout, state, expired);
      }
    }
    if (raw != null) {
      dropped[raw.index()] = raw.expired(layout, state, instantMs, ttlMs);
    }
    byte[] without = layout.room().without(state, dropped);
    for (int i = 0; i < tracks.length; i++) {
      if (dropped[i] > 0) {
        without = tracks[i].nodes().rebuild(layout, without, dropped[i]);
      }
    }
    return without;
  }

  /** Late events that no window as of the instant sees are not kept from now on. */
  void noteExpiry(byte[] state, long instantMs) {
    layout.setExpiredMs(state, Math.max(instantMs, layout.expiredMs(state)));
  }

  /** How many tiles of a track, the oldest, no window sees from the last expiry on. */
  int expiredTiles(byte[] state, int track) {
    long expiredMs = layout.expiredMs(state);
    if (expiredMs == Long.MIN_VALUE) {
      return 0;
    }
    return track < tracks.length
        ? tracks[track].life().expired(layout, state, layout.base(state, track), expiredMs)
        : raw.expired(layout, state, expiredMs, ttlMs);
  }
}
