package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.KeyReader;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.ViewAggregator;
import java.util.List;

/**
 * The states of some of the keys of a view that builds on no other, and the lookups of it. One
 * thread at a time.
 */
final class KeyStates implements SpineWorker {
  /** A lookup of the plan, by its number. */
  record Lookup(int number, KeyReader keys) {}

  private final ViewAggregator aggregator;
  private final int view;
  private final Lookup[] lookups;
  private final int part;
  private final int parts;
  private final KeyTable states = new KeyTable();
  private KeyTable.State[] ofEvents = {};
  private KeyTable.State[][] ofRows = {};
  private long addedSinceExpiry;

  /**
   * @param view its number in the walk
   * @param part of {@code parts} shares of the keys
   */
  KeyStates(ViewAggregator aggregator, int view, List<Lookup> lookups, int part, int parts) {
    this.aggregator = aggregator;
    this.view = view;
    this.lookups = lookups.toArray(Lookup[]::new);
    this.part = part;
    this.parts = parts;
  }

  /** The lookups of a plan that read a view. */
  static List<Lookup> lookupsOf(VectorPlan plan, String view) {
    return java.util.stream.IntStream.range(0, plan.lookups().size())
        .filter(i -> plan.lookups().get(i).view().name().equals(view))
        .mapToObj(i -> new Lookup(i, plan.lookups().get(i).keys()))
        .toList();
  }

  /**
   * Plan: search the keys of all events, then those of all rows, then go through the batch in its
   * order. Searches in a row do not depend on each other, so that a processor waits for the memory
   * of several at once; between the steps of a walk it would wait for each by itself.
   */
  @Override
  public void work(SpineBatch batch) {
    searchEvents(batch);
    searchRows(batch);
    int next = 0;
    for (int row = 0; row < batch.rows(); row++) {
      for (int until = batch.eventsBefore(row); next < until; next++) {
        add(batch.events.get(next), ofEvents[next]);
      }
      for (int i = 0; i < lookups.length; i++) {
        KeyTable.State state = ofRows[i][row];
        if (state != null && state.bytes.length > 0) {
          batch.found[lookups[i].number()][row] =
              aggregator.valuesAt(state.bytes, batch.timeMs(row));
        }
      }
    }
    for (; next < batch.events.size(); next++) {
      add(batch.events.get(next), ofEvents[next]);
    }
  }

  private void searchEvents(SpineBatch batch) {
    int count = batch.events.size();
    if (ofEvents.length < count) {
      ofEvents = new KeyTable.State[count];
    }
    KeyCodes keys = batch.ofEvents(view);
    for (int i = 0; i < count; i++) {
      long code = keys.code(i);
      ofEvents[i] =
          code != KeyCodes.NONE && isOwn(code) ? states.findOrAdd(keys.text(i), code) : null;
    }
  }

  private void searchRows(SpineBatch batch) {
    if (ofRows.length < lookups.length || (ofRows.length > 0 && ofRows[0].length < batch.rows())) {
      ofRows = new KeyTable.State[lookups.length][batch.rows()];
    }
    for (int l = 0; l < lookups.length; l++) {
      KeyCodes keys = batch.ofRows(lookups[l].number());
      KeyTable.State[] found = ofRows[l];
      for (int row = 0; row < batch.rows(); row++) {
        long code = keys.code(row);
        found[row] =
            code != KeyCodes.NONE && isOwn(code) ? states.find(keys.text(row), code) : null;
      }
    }
  }

  private void add(Event event, KeyTable.State state) {
    if (state != null) {
      state.bytes =
          aggregator.add(
              state.bytes,
              event.timeMs(),
              event.position().order(),
              aggregator.contribution(event.values()));
      addedSinceExpiry++;
    }
  }

  /** By the upper bits, since the lower ones tell the slot. */
  private boolean isOwn(long code) {
    return parts == 1 || (int) ((KeyTable.mixed(code) >>> 32) * parts >>> 32) == part;
  }

  @Override
  public void expire(long asOfMs) {
    // Then going through all keys costs no more than adding did.
    if (addedSinceExpiry < 2L * states.size()) {
      return;
    }
    addedSinceExpiry = 0;
    states.keep(
        state -> {
          state.bytes = aggregator.expire(state.bytes, asOfMs);
          return state.bytes.length > 0;
        });
  }
}
