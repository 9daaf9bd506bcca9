package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is left of recorded events once those that were taken back are gone. */
public final class Changes {
  private static final Comparator<Known<Event>> ORDER =
      Comparator.comparing((Known<Event> known) -> known.value().position())
          // The row before is gone before the row after is there, in one record.
          .thenComparing(known -> !known.takenBack());

  /** One event is as good as another of the same time and values. */
  private record Same(long timeMs, Values values) {}

  private Changes() {}

  /**
   * The events that are not taken back, in the order given. One that is taken back is the newest of
   * the same source, time and values that was read before; where there is none, nothing is.
   *
   * @param events of one source, in any order
   */
  public static List<Known<Event>> left(List<Known<Event>> events) {
    if (events.stream().noneMatch(Known::takenBack)) {
      return events;
    }
    List<Integer> inOrder = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      inOrder.add(i);
    }
    inOrder.sort(Comparator.comparing(events::get, ORDER));
    Map<Same, Deque<Integer>> present = new HashMap<>();
    Set<Integer> gone = new HashSet<>();
    for (int i : inOrder) {
      Known<Event> known = events.get(i);
      Same same = new Same(known.value().timeMs(), known.value().values());
      Deque<Integer> alike = present.computeIfAbsent(same, any -> new ArrayDeque<>());
      if (known.takenBack()) {
        gone.add(i);
        if (!alike.isEmpty()) {
          gone.add(alike.removeLast());
        }
      } else {
        alike.addLast(i);
      }
    }
    List<Known<Event>> left = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      if (!gone.contains(i)) {
        left.add(events.get(i));
      }
    }
    return left;
  }
}
