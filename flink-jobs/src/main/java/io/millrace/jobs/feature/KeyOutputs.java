package io.millrace.jobs.feature;

import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.jobs.join.JoinPart;
import io.millrace.jobs.vector.VectorPart;
import java.util.List;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** What leaves a key beside its rows, in streams and bounded input alike. Not thread-safe. */
final class KeyOutputs {
  private final List<ViewNode> views;
  private final List<ViewGraph.NumberedJoin> joins;
  private final String[] viewIds;
  // For each view, those over its rows.
  private final int[][] over;
  private final Output<StreamRecord<RowUpdate>> output;

  KeyOutputs(ViewGraph graph, Output<StreamRecord<RowUpdate>> output) {
    this.views = graph.asDefined();
    this.joins = graph.joins();
    this.viewIds = views.stream().map(node -> node.view().id()).toArray(String[]::new);
    this.over = new int[views.size()][];
    for (int i = 0; i < over.length; i++) {
      over[i] = graph.over(views.get(i)).stream().mapToInt(views::indexOf).toArray();
    }
    this.output = output;
  }

  /** Tells who asked the values of a key. */
  void answer(ViewMessage ask, Values row) {
    if (ask.kind() == ViewMessage.Kind.JOIN) {
      ViewGraph.NumberedJoin join = joins.get(ask.lookup());
      output.collect(
          FeatureOperator.JOINED,
          new StreamRecord<>(
              new JoinPart.Answer(
                  ask.requestId(),
                  join.position(),
                  join.index(),
                  views.get(join.position()).used(join.index(), row)),
              ask.timeMs()));
    } else {
      output.collect(
          FeatureOperator.ANSWERS,
          new StreamRecord<>(
              new VectorPart.Answer(ask.requestId(), ask.lookup(), ask.timeMs(), row),
              ask.timeMs()));
    }
  }

  /** Whether any view is over the rows of a view. */
  boolean areEvents(int view) {
    return over[view].length > 0;
  }

  /**
   * Sends a row that events made, as an event of its as-of time, to each view over it.
   *
   * @param event the row with its keys
   */
  void events(int view, Values event, long asOfMs, long order, long appendedAtMs) {
    for (int above : over[view]) {
      ViewNode upper = views.get(above);
      String key = upper.aggregator().keys().keyTextOf(event);
      if (key != null) {
        output.collect(
            FeatureOperator.ROW_EVENTS,
            new StreamRecord<>(
                ViewMessage.event(
                    above,
                    viewIds[above] + '|' + key,
                    asOfMs,
                    order,
                    appendedAtMs,
                    upper.aggregator().contribution(event)),
                asOfMs));
      }
    }
  }
}
