package io.millrace.jobs.feature;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Of each key the wake that counts: the next instant at which a value of it may change with no
 * event. Others of the key may wait in the queue; who takes them out heeds only this one. Not
 * thread-safe.
 *
 * <pre>
 * Place place = wakes.of(key)         // looked up once, kept with what is known of the key
 * if (place.is(message)) ...          // when one is taken out
 * wakes.put(key, place, next)         // or remove(key, place)
 * </pre>
 */
final class Wakes {
  private final Map<String, Place> places = new HashMap<>();

  /** Where a key's wake is noted; in the map only while there is one. */
  static final class Place {
    private ViewMessage wake;

    /** Whether it is this one that counts. */
    boolean is(ViewMessage message) {
      return wake == message;
    }

    /** Whether none counts that comes as early. */
    boolean isAfter(long atMs) {
      return wake == null || wake.timeMs() > atMs;
    }
  }

  /** The place of a key: one and the same while a wake is noted there. */
  Place of(String stateKey) {
    Place place = places.get(stateKey);
    return place == null ? new Place() : place;
  }

  /** From now on this one counts. */
  void put(String stateKey, Place place, ViewMessage wake) {
    if (place.wake == null) {
      places.put(stateKey, place);
    }
    place.wake = wake;
  }

  /** None counts any more. */
  void remove(String stateKey, Place place) {
    if (place.wake != null) {
      places.remove(stateKey);
      place.wake = null;
    }
  }

  /** Takes one that a checkpoint kept; of several of a key the earliest counts. */
  void restore(ViewMessage wake) {
    Place place = of(wake.stateKey());
    if (place.isAfter(wake.timeMs())) {
      put(wake.stateKey(), place, wake);
    }
  }

  /** Knows no more of keys for which the test holds. */
  void forget(Predicate<String> stateKeys) {
    places
        .entrySet()
        .removeIf(
            entry -> {
              boolean isForgotten = stateKeys.test(entry.getKey());
              if (isForgotten) {
                entry.getValue().wake = null;
              }
              return isForgotten;
            });
  }
}
