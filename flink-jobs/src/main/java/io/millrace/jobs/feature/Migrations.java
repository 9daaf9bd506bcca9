package io.millrace.jobs.feature;

import io.millrace.feature.window.StateMigration;
import io.millrace.feature.window.StatePacker;
import io.millrace.feature.window.ViewAggregator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which layouts the states of each view were written with, and how they come to the present one. A
 * checkpoint keeps, for each view, the layout that it was taken with and all older ones, since a
 * key that is never touched keeps its old state. Not thread-safe.
 *
 * <p>An entry of the checkpoint: the view's id, {@code present} or {@code older}, and the layout,
 * with line feeds between.
 */
final class Migrations {
  private static final String PRESENT = "present";
  private static final String OLDER = "older";

  private final String[] viewIds;
  private final Map<String, Integer> indexes = new HashMap<>();
  private final ViewAggregator[] aggregators;
  private final StateMigration[] migrations;
  private final StatePacker[] packers;
  private final Map<String, Set<String>> known = new HashMap<>();
  // What the waiting contributions of the checkpoint were made with.
  private final Map<String, String> restored = new HashMap<>();

  /**
   * @param entries of the checkpoint; none at a first start
   */
  Migrations(String[] viewIds, ViewAggregator[] aggregators, Iterable<String> entries) {
    this.viewIds = viewIds;
    this.aggregators = aggregators;
    for (String entry : entries) {
      String[] parts = entry.split("\n", 3);
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

  /** The entries to keep; of views that are gone too, since they may come back. */
  List<String> entries() {
    List<String> entries = new ArrayList<>();
    for (Map.Entry<String, Set<String>> view : known.entrySet()) {
      for (String layout : view.getValue()) {
        entries.add(view.getKey() + '\n' + OLDER + '\n' + layout);
      }
    }
    for (int i = 0; i < viewIds.length; i++) {
      entries.add(viewIds[i] + '\n' + PRESENT + '\n' + aggregators[i].stateLayout());
    }
    return entries;
  }

  private static String viewIdOf(String stateKey) {
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
