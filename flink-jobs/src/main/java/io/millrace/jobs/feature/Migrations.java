package io.millrace.jobs.feature;

import io.millrace.feature.FeatureView;
import io.millrace.feature.window.StateMigration;
import io.millrace.feature.window.StatePacker;
import io.millrace.feature.window.ViewAggregator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which layouts the states of each view were written with, and how they come to the present one. A
 * checkpoint keeps, for each view, the layout that it was taken with and all older ones, since a
 * key that is never touched keeps its old state. Not thread-safe.
 *
 * <p>An entry of the checkpoint: the view's id, {@code present} or {@code older}, and the layout,
 * with line feeds between; or the view's id, {@code defined}, and what its rows are made by.
 */
final class Migrations {
  private static final String PRESENT = "present";
  private static final String OLDER = "older";
  private static final String DEFINED = "defined";

  private final String[] viewIds;
  private final Map<String, Integer> indexes = new HashMap<>();
  private final ViewAggregator[] aggregators;
  private final StateMigration[] migrations;
  private final StatePacker[] packers;
  private final Map<String, Set<String>> known = new HashMap<>();
  // What the waiting contributions of the checkpoint were made with.
  private final Map<String, String> restored = new HashMap<>();
  private final Map<String, String> defined = new HashMap<>();

  /**
   * @param entries of the checkpoint; none at a first start
   */
  Migrations(String[] viewIds, ViewAggregator[] aggregators, Iterable<String> entries) {
    this.viewIds = viewIds;
    this.aggregators = aggregators;
    for (String entry : entries) {
      String[] parts = entry.split("\n", 3);
      if (parts[1].equals(DEFINED)) {
        defined.put(parts[0], parts[2]);
        continue;
      }
      known.computeIfAbsent(parts[0], id -> new LinkedHashSet<>()).add(parts[2]);
      if (parts[1].equals(PRESENT)) {
        restored.put(parts[0], parts[2]);
      }
    }
    this.migrations = new StateMigration[viewIds.length];
    this.packers = new StatePacker[viewIds.length];
    for (int i = 0; i < viewIds.length; i++) {
      indexes.put(viewIds[i], i);
      packers[i] = aggregators[i].packer();
      migrations[i] = StateMigration.to(aggregators[i], known.getOrDefault(viewIds[i], Set.of()));
    }
  }

  /** The entries to keep. */
  List<String> entries() {
    List<String> entries = new ArrayList<>();
    for (Map.Entry<String, Set<String>> view : known.entrySet()) {
      for (String layout : view.getValue()) {
        entries.add(view.getKey() + '\n' + OLDER + '\n' + layout);
      }
    }
    for (int i = 0; i < viewIds.length; i++) {
      entries.add(viewIds[i] + '\n' + PRESENT + '\n' + aggregators[i].stateLayout());
      entries.add(viewIds[i] + '\n' + DEFINED + '\n' + rowsOf(aggregators[i].view()));
    }
    return entries;
  }

  /** The ids of the views whose states were restored and that are defined no more. */
  Set<String> gone() {
    Set<String> gone = new TreeSet<>(known.keySet());
    gone.removeAll(indexes.keySet());
    return gone;
  }

  /** Forgets the views that are gone, once no state of theirs is left. */
  void forgetGone() {
    known.keySet().removeAll(gone());
  }

  /** The positions of the views whose rows were made otherwise before the restart. */
  Set<Integer> changed() {
    Set<Integer> changed = new TreeSet<>();
    for (int i = 0; i < viewIds.length; i++) {
      String layout = restored.get(viewIds[i]);
      String rows = rowsOf(aggregators[i].view());
      if (layout != null
          && (!layout.equals(aggregators[i].stateLayout())
              || !rows.equals(defined.getOrDefault(viewIds[i], rows)))) {
        changed.add(i);
      }
    }
    return changed;
  }

  /** What the rows of a view depend on beside its events, in words that differ where it does. */
  private static String rowsOf(FeatureView view) {
    return view.ttl()
        + " "
        + view.stateTtl()
        + " "
        + view.features().stream()
            .map(
                one ->
                    String.join(
                        " ",
                        one.name(),
                        one.aggregation().word(),
                        one.input(),
                        one.parameters().toString(),
                        one.where().toString(),
                        one.window().toString(),
                        one.defaultValue().toString()))
            .toList();
  }

  /** The id of the view that a state is of. */
  static String viewIdOf(String stateKey) {
    // No name of a view has a bar.
    return stateKey.substring(0, stateKey.indexOf('|'));
  }

  /** A stored state as its view reads it now, in an array of its own. */
  byte[] state(String stateKey, byte[] state) {
    return migrations[indexes.get(viewIdOf(stateKey))].state(state);
  }

  /** What is stored of a state. */
  byte[] packed(String stateKey, byte[] state) {
    return packers[indexes.get(viewIdOf(stateKey))].packed(state);
  }

  /** A message that waited over a restart, or null if its view is gone. */
  ViewMessage message(ViewMessage message) {
    String viewId = viewIdOf(message.stateKey());
    Integer index = indexes.get(viewId);
    if (index == null) {
      return null;
    }
    String layout = restored.get(viewId);
    byte[] input =
        layout == null || !message.ofEvent()
            ? message.input()
            : migrations[index].contribution(message.input(), layout);
    return new ViewMessage(
        message.kind(),
        index,
        message.stateKey(),
        message.timeMs(),
        message.order(),
        message.appendedAtMs(),
        input,
        message.requestId(),
        message.lookup());
  }
}
