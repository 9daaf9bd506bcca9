package io.millrace.jobs.training;

import io.millrace.feature.Definitions;
import io.millrace.jobs.DefinitionSet;
import io.millrace.offline.history.HistoryPiece;
import io.millrace.offline.training.SortedSpine;
import io.millrace.offline.training.SpineMaking;
import io.millrace.offline.training.SpinePlan;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * What the tasks of a training set are told. All paths mean the same files on every machine.
 * Immutable.
 *
 * @param timeColumn the spine's column of the times of its rows
 * @param types the spine's columns, as its reader names their types
 * @param spine what the rows came from, for messages
 * @param sorted the sorted rows
 * @param work where a file of the set lies until it is whole
 * @param data where it lies then
 * @param rows the pieces of the sorted rows
 * @param history the pieces of the past
 * @param asKnown whether an event is seen only once it was known
 * @param lastMs the time of the spine's last row: what can be seen then or later is left out
 */
record TrainingPlan(
    DefinitionSet definitions,
    String service,
    String timeColumn,
    LinkedHashMap<String, String> types,
    String spine,
    String sorted,
    String work,
    String data,
    List<SortedSpine.Piece> rows,
    List<HistoryPiece> history,
    boolean asKnown,
    long lastMs)
    implements Serializable {
  static TrainingPlan of(
      DefinitionSet definitions,
      String service,
      Path spine,
      SpineMaking making,
      List<HistoryPiece> history,
      boolean asKnown) {
    return new TrainingPlan(
        definitions,
        service,
        making.plan().timeColumn(),
        new LinkedHashMap<>(making.types()),
        spine.toString(),
        making.sorted().toString(),
        making.work().toString(),
        making.data().toString(),
        List.copyOf(SortedSpine.pieces(making.sorted())),
        List.copyOf(history),
        asKnown,
        making.lastMs());
  }

  /** How rows of the spine become requests and rows of the set. */
  SpinePlan spinePlan() {
    Definitions all = definitions.definitions();
    return SpinePlan.of(all, service, Optional.of(timeColumn), types, spine);
  }
}
