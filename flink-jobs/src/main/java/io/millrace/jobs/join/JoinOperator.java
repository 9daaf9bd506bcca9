package io.millrace.jobs.join;

import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.KeyGroupedItems;
import io.millrace.jobs.feature.ViewMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Where an event and the rows that are joined to it meet, keyed by the event's id; whole, it goes
 * to the key of its view. All rows as of t are here before a watermark of t, so the event is before
 * it too. The pieces wait on the heap, as long as the event waits for the watermark, and are part
 * of the checkpoint by key group.
 */
public final class JoinOperator extends AbstractStreamOperator<ViewMessage>
    implements OneInputStreamOperator<JoinPart, ViewMessage> {
  private static final long serialVersionUID = 1;

  private final DefinitionSet definitionSet;

  private transient List<ViewNode> views;
  private transient Map<String, Pieces> waiting;

  public JoinOperator(DefinitionSet definitionSet) {
    this.definitionSet = definitionSet;
  }

  private static final class Pieces {
    private JoinPart.Driver driver;
    private final JoinPart.Answer[] answers;
    private int answered;

    private Pieces(int joins) {
      this.answers = new JoinPart.Answer[joins];
    }

    private void add(JoinPart part) {
      if (part instanceof JoinPart.Driver theDriver) {
        driver = theDriver;
      } else if (part instanceof JoinPart.Answer answer && answers[answer.join()] == null) {
        answers[answer.join()] = answer;
        answered++;
      }
    }

    private boolean complete() {
      return driver != null && answered == driver.answers();
    }
  }

  @Override
  protected boolean isUsingCustomRawKeyedState() {
    return true;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    views = ViewGraph.of(definitionSet.definitions()).asDefined();
    waiting = new HashMap<>();
    if (context.isRestored()) {
      KeyGroupedItems.read(
          context.getRawKeyedStateInputs(),
          JoinPartSerializer.INSTANCE,
          part -> piecesOf(part).add(part));
    }
    getMetricGroup().gauge("waiting", () -> waiting.size());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<JoinPart> parts = new ArrayList<>();
    for (Pieces pieces : waiting.values()) {
      if (pieces.driver != null) {
        parts.add(pieces.driver);
      }
      for (JoinPart.Answer answer : pieces.answers) {
        if (answer != null) {
          parts.add(answer);
        }
      }
    }
    KeyGroupedItems.write(
        parts,
        JoinPart::eventId,
        JoinPartSerializer.INSTANCE,
        getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(),
        context.getRawKeyedOperatorStateOutput());
  }

  @Override
  public void processElement(StreamRecord<JoinPart> element) {
    JoinPart part = element.getValue();
    Pieces pieces = piecesOf(part);
    pieces.add(part);
    if (pieces.complete()) {
      waiting.remove(part.eventId());
      send(pieces);
    }
  }

  private void send(Pieces pieces) {
    JoinPart.Driver driver = pieces.driver;
    ViewNode node = views.get(driver.view());
    Values[] rows = new Values[pieces.answers.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = pieces.answers[i] == null ? null : pieces.answers[i].row();
    }
    Values event = node.joined(driver.values(), rows);
    String key = node.aggregator().keys().keyTextOf(event);
    if (key != null) {
      output.collect(
          new StreamRecord<>(
              ViewMessage.event(
                  driver.view(),
                  node.view().id() + '|' + key,
                  driver.timeMs(),
                  driver.order(),
                  driver.appendedAtMs(),
                  node.aggregator().contribution(event)),
              driver.timeMs()));
    }
  }

  private Pieces piecesOf(JoinPart part) {
    return waiting.computeIfAbsent(
        part.eventId(), id -> new Pieces(views.get(part.view()).joins().size()));
  }
}
