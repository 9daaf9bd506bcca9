package io.millrace.server.erase;

import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureView;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.erasure.Subject;
import io.millrace.offline.erasure.StoreErasure;
import io.millrace.online.DiskRewrite;
import io.millrace.online.KeyScanErasure;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineView;
import io.millrace.online.settings.OnlineSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Takes a subject out of an online store. The keys are its own, and of views that are keyed by more
 * columns those that the offline store has rows of; a store that goes through its keys by itself
 * needs none. Stateless.
 */
final class OnlineErasure {
  private OnlineErasure() {}

  /**
   * What came of it.
   *
   * @param rows how many were there
   * @param onDisk why the servers may still have them on disk; empty if they do not
   */
  record Result(long rows, Optional<String> onDisk) {}

  /**
   * Erases.
   *
   * @param definitions all by which rows may have been put there; of views of the same id the first
   *     counts
   * @param offline before its rows were removed
   * @param patience for servers to write their disks anew
   * @throws OnlineStoreException if the store cannot be written, as one that a job has open
   */
  static Result run(
      OnlineSettings settings,
      List<Definitions> definitions,
      Subject subject,
      StoreErasure offline,
      Duration patience)
      throws InterruptedException {
    Map<String, ViewNode> nodes = new TreeMap<>();
    for (Definitions some : definitions) {
      ViewGraph.of(some).asDefined().forEach(node -> nodes.putIfAbsent(node.view().id(), node));
    }
    List<OnlineView> all =
        nodes.values().stream()
            .map(node -> OnlineView.of(node.view(), node.aggregator().rowSchema(), node.events()))
            .toList();
    List<FeatureView> views =
        nodes.values().stream()
            .map(ViewNode::view)
            .filter(view -> view.entity().keys().contains(subject.column()))
            .toList();
    try (OnlineStore store = settings.open(all, Clock.systemUTC())) {
      long rows = 0;
      for (FeatureView view : views) {
        for (String key : keys(view, subject, offline)) {
          rows += store.erase(List.of(view.id()), new EntityKey(key));
        }
      }
      if (store instanceof KeyScanErasure scanned) {
        rows +=
            scanned.erase(
                (id, key) ->
                    views.stream()
                        .filter(view -> view.id().equals(id))
                        .anyMatch(view -> isOf(view, key, subject)));
      }
      store.flush();
      return new Result(
          rows,
          store instanceof DiskRewrite servers ? servers.rewriteDisk(patience) : Optional.empty());
    }
  }

  private static Set<String> keys(FeatureView view, Subject subject, StoreErasure offline) {
    Set<String> keys = new HashSet<>(offline.keysOf(view));
    if (view.entity().keys().size() == 1) {
      keys.add(EntityKey.of(subject.value()).text());
    }
    return keys;
  }

  private static boolean isOf(FeatureView view, EntityKey key, Subject subject) {
    int part = view.entity().keys().indexOf(subject.column());
    List<String> parts = key.parts();
    return part < parts.size() && parts.get(part).equals(subject.value());
  }
}
