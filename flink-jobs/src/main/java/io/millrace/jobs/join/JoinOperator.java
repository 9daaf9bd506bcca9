package io.millrace.jobs.join;

import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.gather.GatheringOperator;
import java.util.List;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Where an event and the rows that are joined to it meet, keyed by the event's id; whole, it goes
 * to the key of its view. All rows as of t are here before a watermark of t, so the event is before
 * it too.
 */
public final class JoinOperator extends GatheringOperator<JoinPart, JoinPart.Driver, ViewMessage> {
  private static final long serialVersionUID = 2;

  private final DefinitionSet definitionSet;

  private transient List<ViewNode> views;

  public JoinOperator(DefinitionSet definitionSet) {
    super(JoinPartSerializer.INSTANCE);
    this.definitionSet = definitionSet;
  }

  @Override
  protected void prepare() {
    views = ViewGraph.of(definitionSet.definitions()).asDefined();
  }

  @Override
  protected int places(JoinPart part) {
    return views.get(part.view()).joins().size();
  }

  @Override
  protected void whole(JoinPart.Driver driver, Values[] rows) {
    ViewNode node = views.get(driver.view());
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
}
