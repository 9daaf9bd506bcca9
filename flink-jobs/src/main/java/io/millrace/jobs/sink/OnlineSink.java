package io.millrace.jobs.sink;

import io.millrace.feature.Definitions;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Rows into the online store. At least once is enough: the newest row wins, so writing one again
 * changes nothing. All rows before a checkpoint are in the store before it completes; see {@link
 * OnlineWriter}.
 */
public final class OnlineSink implements Sink<RowUpdate> {
  private static final long serialVersionUID = 1;

  private final DefinitionSet definitions;
  private final OnlineStoreOpener opener;

  /** Opens the store in the process that writes to it. */
  @FunctionalInterface
  public interface OnlineStoreOpener extends java.io.Serializable {
    OnlineStore open(DefinitionSet definitions) throws IOException;
  }

  public OnlineSink(DefinitionSet definitions, OnlineStoreOpener opener) {
    this.definitions = definitions;
    this.opener = opener;
  }

  /** The views that the store must know. */
  public static List<OnlineView> viewsOf(Definitions definitions) {
    return ViewGraph.of(definitions).asDefined().stream()
        .map(node -> OnlineView.of(node.view(), node.aggregator().rowSchema(), node.events()))
        .toList();
  }

  @Override
  public SinkWriter<RowUpdate> createWriter(WriterInitContext context) throws IOException {
    return OnlineWriter.start(
        opener.open(definitions),
        context.metricGroup(),
        "online-" + context.getTaskInfo().getIndexOfThisSubtask());
  }
}
