package io.millrace.server.backfill;

import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureView;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.plan.Applied;
import io.millrace.offline.plan.AppliedDefinitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether views may be computed beside those that are there. Stateless. */
final class BackfillChecks {
  private BackfillChecks() {}

  /**
   * Checks that no one else writes the rows of these views.
   *
   * @param resumed whether rows that are there are those of the run that goes on
   * @throws IllegalArgumentException naming those that exist, if there is no view of a name
   * @throws BackfillException naming every view whose rows are there already, and what mends it
   */
  static void require(
      Definitions definitions, List<String> views, OfflineStore store, boolean resumed) {
    views.forEach(definitions::view);
    Optional<Applied> applied = new AppliedDefinitions(store).current();
    ViewGraph graph = ViewGraph.of(definitions);
    List<String> problems = new ArrayList<>();
    for (String name : views) {
      ViewNode node = graph.node(name);
      FeatureView view = node.view();
      Optional<Applied> same =
          applied.filter(
              then -> then.definitions().views().stream().anyMatch(v -> v.id().equals(view.id())));
      boolean hasRows =
          !TableFiles.latest(
                  store.folder(
                      OfflineTables.features(view, node.events(), node.aggregator().rowSchema())))
              .days()
              .isEmpty();
      if (same.isPresent()) {
        problems.add(
            name
                + " version "
                + view.version()
                + " is applied (number "
                + same.get().number()
                + "), so a job writes its rows; give the new one version: "
                + (view.version() + 1));
      } else if (hasRows && !resumed) {
        problems.add(
            name
                + " version "
                + view.version()
                + " has rows in "
                + store.root()
                + " already; --resume goes on with the run that wrote them, else give it version: "
                + (view.version() + 1));
      }
    }
    if (!problems.isEmpty()) {
      throw new BackfillException(String.join("\n", problems));
    }
  }
}
