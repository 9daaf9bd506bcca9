package io.millrace.jobs.sink;

import io.millrace.feature.Definitions;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.erasure.ErasureDuty;
import io.millrace.jobs.erasure.ErasureSettings;
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

  /** By which it answers erasures. */
  public static final String NAME = "online";

  private final OnlineStoreOpener opener;
  private final ErasureSettings erasures;

  /** Opens the store in the process that writes to it. */
  @FunctionalInterface
  public interface OnlineStoreOpener extends java.io.Serializable {
    OnlineStore open(DefinitionSet definitions) throws IOException;
  }

  public OnlineSink(DefinitionSet definitions, OnlineStoreOpener opener) {
    this(definitions, opener, ErasureSettings.none());
  }

  /**
   * @param erasures where it is told of subjects whose rows it removes
   */
  public OnlineSink(DefinitionSet definitions, OnlineStoreOpener opener, ErasureSettings erasures) {
    this.definitions = definitions;
    this.opener = opener;
    this.erasures = erasures;
  }

  /** The views that the store must know. */
  public static List<OnlineView> viewsOf(Definitions definitions) {
    return ViewGraph.of(definitions).asDefined().stream()
        .map(node -> OnlineView.of(node.view(), node.aggregator().rowSchema(), node.events()))
        .toList();
  }

  @Override
  public SinkWriter<RowUpdate> createWriter(WriterInitContext context) throws IOException {
    OnlineStore store = opener.open(definitions);
    OnlineSweep sweep;
    try {
      sweep =
          new OnlineSweep(
              ErasureDuty.open(erasures, NAME, context.getTaskInfo()),
              definitions.definitions().views());
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
    return OnlineWriter.start(
        store,
        sweep,
        context.metricGroup(),
        "online-" + context.getTaskInfo().getIndexOfThisSubtask());
  }
}
