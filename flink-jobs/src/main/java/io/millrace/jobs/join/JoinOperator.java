package io.millrace.jobs.join;

import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.erasure.ErasedRow;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.gather.GatheringOperator;
import java.util.List;
import java.util.Optional;
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
    this(definitionSet, ErasureSettings.none(), "join");
  }

  /**
   * @param erasures where it is told of subjects whose events it drops
   * @param name by which it answers
   */
  public JoinOperator(DefinitionSet definitionSet, ErasureSettings erasures, String name) {
    super(JoinPartSerializer.INSTANCE, erasures, name);
    this.definitionSet = definitionSet;
  }

  @Override
  protected Optional<Erasure> erasedBy(JoinPart.Driver driver, ErasedSubjects subjects) {
    var source = definitionSet.definitions().source(views.get(driver.view()).view().source());
    return ErasedRow.by(
        subjects, source.schema(), driver.values(), driver.timeMs(), driver.appendedAtMs());
  }

  @Override
  protected JoinPart.Driver emptied(JoinPart.Driver driver) {
    return new JoinPart.Driver(
        driver.eventId(),
        driver.view(),
        driver.timeMs(),
        driver.order(),
        driver.appendedAtMs(),
        driver.answers(),
        new Values(0));
  }

  @Override
  protected boolean isEmptied(JoinPart.Driver driver) {
    return driver.values().size() == 0;
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
