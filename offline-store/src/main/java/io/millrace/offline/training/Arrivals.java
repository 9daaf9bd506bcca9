package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.offline.Known;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/**
 * Events in the order in which requests may see them. An event is seen by requests strictly later
 * than {@link #visibleMs}: its own time, or, as known, the later of that and when it was known.
 */
interface Arrivals {
  boolean hasNext();

  /** Of the event that {@link #next} gives. */
  long visibleMs();

  Event next();

  /**
   * By event time.
   *
   * @param events in the order of their times
   */
  static Arrivals byTime(Iterator<Event> events) {
    return new Arrivals() {
      private Event head;

      @Override
      public boolean hasNext() {
        if (head == null && events.hasNext()) {
          head = events.next();
        }
        return head != null;
      }

      @Override
      public long visibleMs() {
        return head.timeMs();
      }

      @Override
      public Event next() {
        Event next = head;
        head = null;
        return next;
      }
    };
  }

  /**
   * As known: an event that was known late comes late. Memory is the events between their time and
   * when they were known.
   *
   * @param events in the order of their times
   * @param untilMs what is known then or later is left out, since nobody asks later
   */
  static Arrivals asKnown(Iterator<Known<Event>> events, long untilMs) {
    return new AsKnown(events, untilMs);
  }

  /** See {@link #asKnown}. */
  final class AsKnown implements Arrivals {
    private record Waiting(long visibleMs, long number, Event event) {}

    private final Iterator<Known<Event>> events;
    private final long untilMs;
    private final PriorityQueue<Waiting> waiting =
        new PriorityQueue<>(
            Comparator.comparingLong(Waiting::visibleMs).thenComparingLong(Waiting::number));
    private long readMs = Long.MIN_VALUE;
    private long read;

    private AsKnown(Iterator<Known<Event>> events, long untilMs) {
      this.events = events;
      this.untilMs = untilMs;
    }

    @Override
    public boolean hasNext() {
      // What comes later in event time cannot be visible before it.
      while (readMs < untilMs
          && (waiting.isEmpty() || waiting.peek().visibleMs() >= readMs)
          && events.hasNext()) {
        Known<Event> known = events.next();
        readMs = known.value().timeMs();
        long visibleMs = Math.max(readMs, known.knowledgeMs());
        if (visibleMs < untilMs) {
          waiting.add(new Waiting(visibleMs, read++, known.value()));
        }
      }
      return !waiting.isEmpty();
    }

    @Override
    public long visibleMs() {
      return waiting.element().visibleMs();
    }

    @Override
    public Event next() {
      if (waiting.isEmpty()) {
        throw new NoSuchElementException("all events were given out");
      }
      return waiting.remove().event();
    }
  }
}
