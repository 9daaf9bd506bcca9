package io.millrace.jobs.feature;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.join.JoinOperator;
import io.millrace.jobs.join.JoinPart;
import io.millrace.jobs.vector.VectorPart;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.flink.api.common.functions.FilterFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;

/**
 * The views of a job: one {@link FeatureOperator} a level. What a level answers and makes before a
 * watermark reaches the next before that watermark, so the next is as exact as the first.
 *
 * @param rows of all views
 * @param answers to requests
 * @param trouble values that overflowed, and keys of which exact windows hold too much
 */
public record ViewStreams(
    DataStream<RowUpdate> rows, DataStream<VectorPart> answers, DataStream<DeadLetter> trouble) {
  /**
   * @param messages events of the views that build on no other, and what is asked of any
   * @param joining the events of views that join others
   * @param hotStateBytes how many bytes of state a subtask of a level keeps on the heap
   */
  public static ViewStreams of(
      DefinitionSet definitions,
      DataStream<ViewMessage> messages,
      DataStream<JoinPart> joining,
      long hotStateBytes) {
    return of(definitions, messages, joining, hotStateBytes, ErasureSettings.none());
  }

  /**
   * @param messages events of the views that build on no other, and what is asked of any
   * @param joining the events of views that join others
   * @param hotStateBytes how many bytes of state a subtask of a level keeps on the heap
   * @param erasures where the operators are told of subjects whose states they drop
   */
  public static ViewStreams of(
      DefinitionSet definitions,
      DataStream<ViewMessage> messages,
      DataStream<JoinPart> joining,
      long hotStateBytes,
      ErasureSettings erasures) {
    return of(
        definitions,
        messages,
        joining,
        erasures,
        name -> new FeatureOperator(definitions, hotStateBytes, erasures, name));
  }

  /**
   * The views of a job whose input ends, each level of which is a {@link BoundedFeatureOperator}.
   *
   * @param messages each with the instant from which it is seen as its timestamp
   */
  public static ViewStreams ofBounded(
      DefinitionSet definitions, DataStream<ViewMessage> messages, DataStream<JoinPart> joining) {
    return of(
        definitions,
        messages,
        joining,
        ErasureSettings.none(),
        name -> new BoundedFeatureOperator(definitions));
  }

  /** The names of the operators that hold what may be a subject's. */
  public static List<String> holding(DefinitionSet definitions) {
    List<String> names = new ArrayList<>(List.of("features"));
    int highest = ViewGraph.of(definitions.definitions()).highestLevel();
    for (int level = 1; level <= highest; level++) {
      names.add("join-" + level);
      names.add("features-" + level);
    }
    return names;
  }

  private static ViewStreams of(
      DefinitionSet definitions,
      DataStream<ViewMessage> messages,
      DataStream<JoinPart> joining,
      ErasureSettings erasures,
      Function<String, OneInputStreamOperator<ViewMessage, RowUpdate>> features) {
    int highest = ViewGraph.of(definitions.definitions()).highestLevel();
    DataStream<ViewMessage> ofLevel =
        highest == 0 ? messages : messages.filter(new MessagesOf(definitions, 0)).uid("messages-0");
    SingleOutputStreamOperator<RowUpdate> operator = operator(features, ofLevel, "features");
    DataStream<RowUpdate> rows = operator;
    DataStream<VectorPart> answers = operator.getSideOutput(FeatureOperator.ANSWERS);
    DataStream<DeadLetter> trouble = operator.getSideOutput(FeatureOperator.TROUBLE);
    DataStream<JoinPart> pieces = joining;
    DataStream<ViewMessage> events = null;
    for (int level = 1; level <= highest; level++) {
      pieces = pieces.union(operator.getSideOutput(FeatureOperator.JOINED));
      DataStream<ViewMessage> made = operator.getSideOutput(FeatureOperator.ROW_EVENTS);
      events = events == null ? made : events.union(made);
      DataStream<ViewMessage> whole =
          pieces
              .filter(new PiecesOf(definitions, level))
              .uid("pieces-" + level)
              .keyBy(JoinPart::eventId, Types.STRING)
              .transform(
                  "join " + level,
                  ViewMessageSerializer.TYPE,
                  new JoinOperator(definitions, erasures, "join-" + level))
              .uid("join-" + level);
      operator =
          operator(
              features,
              messages
                  .union(events)
                  .filter(new MessagesOf(definitions, level))
                  .uid("messages-" + level)
                  .union(whole),
              "features-" + level);
      rows = rows.union(operator);
      answers = answers.union(operator.getSideOutput(FeatureOperator.ANSWERS));
      trouble = trouble.union(operator.getSideOutput(FeatureOperator.TROUBLE));
    }
    return new ViewStreams(rows, answers, trouble);
  }

  private static SingleOutputStreamOperator<RowUpdate> operator(
      Function<String, OneInputStreamOperator<ViewMessage, RowUpdate>> features,
      DataStream<ViewMessage> messages,
      String uid) {
    return messages
        .keyBy(ViewMessage::stateKey, Types.STRING)
        .transform(uid, RowUpdateSerializer.TYPE, features.apply(uid))
        .uid(uid);
  }

  private static final class Levels {
    private Levels() {}

    private static int[] of(DefinitionSet definitions) {
      return ViewGraph.of(definitions.definitions()).asDefined().stream()
          .mapToInt(ViewNode::level)
          .toArray();
    }
  }

  /** The messages to the views of one level. */
  private static final class MessagesOf implements FilterFunction<ViewMessage> {
    private static final long serialVersionUID = 1;

    private final DefinitionSet definitions;
    private final int level;
    private transient int[] levels;

    private MessagesOf(DefinitionSet definitions, int level) {
      this.definitions = definitions;
      this.level = level;
    }

    @Override
    public boolean filter(ViewMessage message) {
      if (levels == null) {
        levels = Levels.of(definitions);
      }
      return levels[message.view()] == level;
    }
  }

  /** The pieces of the events of one level. */
  private static final class PiecesOf implements FilterFunction<JoinPart> {
    private static final long serialVersionUID = 1;

    private final DefinitionSet definitions;
    private final int level;
    private transient int[] levels;

    private PiecesOf(DefinitionSet definitions, int level) {
      this.definitions = definitions;
      this.level = level;
    }

    @Override
    public boolean filter(JoinPart part) {
      if (levels == null) {
        levels = Levels.of(definitions);
      }
      return levels[part.view()] == level;
    }
  }
}
