package io.millrace.jobs.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewMessageSerializer;
import io.millrace.jobs.feature.ViewStreams;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.HistoryPiece;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.RecordedEvents;
import io.millrace.offline.history.StoredHistory;
import io.millrace.offline.training.SpineCounts;
import io.millrace.offline.training.SpineMaking;
import io.millrace.offline.training.SpinePart;
import io.millrace.offline.training.SpineSet;
import io.millrace.offline.training.SpineSet.SpineOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.ExceptionUtils;

/**
 * Makes training sets by a bounded job: the files and the report are those that {@link SpineSet}
 * makes in one process, to the byte, for any parallelism.
 *
 * <pre>
 * pieces of the spine   -> rows   -> asks ---+--> features, a level at a time --> answers --+
 *                             \--------------|----------------------------------------------+-> rows of the set -> files
 * pieces of the history -> events -----------+
 * </pre>
 */
public final class TrainingSets {
  private final DefinitionSet definitionSet;
  private final String service;
  private final Path spine;
  private final SpineOptions options;

  public TrainingSets(
      DefinitionSet definitionSet, String service, Path spine, SpineOptions options) {
    this.definitionSet = definitionSet;
    this.service = service;
    this.spine = spine;
    this.options = options;
  }

  /**
   * Makes a set and waits for it.
   *
   * @param env in BATCH mode
   * @param out a folder that does not exist or is empty
   * @param store whose events are read; empty means the declared histories
   * @param snapshots by source the snapshot of its table in the store
   * @throws OfflineException naming the place and the fix, where the input does not fit or a file
   *     cannot be read or written
   */
  public SpineCounts make(
      StreamExecutionEnvironment env,
      Path out,
      Optional<Path> store,
      Map<String, Long> snapshots,
      boolean asKnown)
      throws Exception {
    Definitions definitions = definitionSet.definitions();
    SpineSet set = SpineSet.of(definitions, service, spine, options);
    Map<String, Long> read =
        store.isEmpty() ? Map.of() : snapshots(set, store.get(), snapshots, asKnown);
    List<EventSource> sources = set.sources();
    List<HistoryPiece> history =
        store.isEmpty()
            ? HistoryPiece.ofHistories(sources)
            : HistoryPiece.ofStore(new OfflineStore(store.get()), sources, read);
    try (SpineMaking making = SpineMaking.begin(definitions, set.plan(), spine, options, out)) {
      TrainingPlan plan = TrainingPlan.of(definitionSet, service, spine, making, history, asKnown);
      SpineCounts counts;
      if (plan.rows().isEmpty()) {
        counts = making.count(0, 0, Long.MAX_VALUE, Long.MIN_VALUE);
      } else {
        define(env, plan);
        counts = counted(making, env.execute("millrace training set " + service));
      }
      making.publish(counts, read);
      return counts;
    } catch (IOException e) {
      throw SpineMaking.unwritable(out, e);
    } catch (OfflineException e) {
      throw e;
    } catch (Exception e) {
      throw ExceptionUtils.findThrowable(e, OfflineException.class)
          .map(cause -> (Exception) new OfflineException(cause.getMessage(), e))
          .orElse(e);
    }
  }

  private static Map<String, Long> snapshots(
      SpineSet set, Path store, Map<String, Long> named, boolean asKnown) {
    if (asKnown) {
      set.requireKnowable();
      return RecordedEvents.asKnown(new OfflineStore(store), set.sources(), named).snapshots();
    }
    return StoredHistory.openAt(new OfflineStore(store), set.sources(), HistoryRange.all(), named)
        .snapshots();
  }

  private static SpineCounts counted(SpineMaking making, JobExecutionResult result) {
    Long events = result.getAccumulatorResult(EventReader.EVENTS);
    if (events == null) { // no piece of history, no task to count
      return making.count(0, 0, Long.MAX_VALUE, Long.MIN_VALUE);
    }
    return making.count(
        events,
        result.<Long>getAccumulatorResult(EventReader.REFUSED),
        result.<Long>getAccumulatorResult(EventReader.FIRST_MS),
        result.<Long>getAccumulatorResult(EventReader.LAST_MS));
  }

  /** The flow of the class's picture. */
  private static void define(StreamExecutionEnvironment env, TrainingPlan plan) {
    SingleOutputStreamOperator<ViewMessage> rows =
        env.fromSequence(0, plan.rows().size() - 1L)
            .rebalance()
            .transform("rows", ViewMessageSerializer.TYPE, new RowReader(plan))
            .uid("rows");
    // A sequence has at least one number, so that of no pieces would be one too many.
    ViewStreams views;
    if (plan.history().isEmpty()) {
      views =
          ViewStreams.ofBounded(plan.definitions(), rows, rows.getSideOutput(EventReader.JOINING));
    } else {
      SingleOutputStreamOperator<ViewMessage> events =
          env.fromSequence(0, plan.history().size() - 1L)
              .rebalance()
              .transform("events", ViewMessageSerializer.TYPE, new EventReader(plan))
              .uid("events");
      views =
          ViewStreams.ofBounded(
              plan.definitions(), events.union(rows), events.getSideOutput(EventReader.JOINING));
    }
    DataStream<VectorPart> parts = rows.getSideOutput(RowReader.ROWS).union(views.answers());
    parts
        .keyBy(VectorPart::requestId, Types.STRING)
        .transform("vectors", TrainingSetRowSerializer.TYPE, new RowAssembler(plan))
        .uid("vectors")
        .keyBy(row -> SpinePart.numberOf(row.number()), Types.INT)
        .transform("files", Types.LONG, new PartWriter(plan))
        .uid("files")
        .sinkTo(new DiscardingSink<>())
        .name("written")
        .uid("written");
  }
}
