package io.millrace.jobs.monitor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * The first phase: each subtask counts the rows that it happens to see, on the heap, and gives its
 * part of a pane out when the watermark makes the pane whole. Rows later than that go out with the
 * next watermark as a further part.
 *
 * <p>Metric {@code withoutReference}: rows of a version that has no profile; they are not counted.
 */
final class PaneCounter<T> extends AbstractStreamOperator<PanePart>
    implements OneInputStreamOperator<T, PanePart> {
  private static final long serialVersionUID = 1;

  private final Watched<T> watched;
  private final Panes panes;

  private transient TreeMap<Key, Open<T>> open;
  private transient ListState<PanePart> parts;
  private transient Counter withoutReference;

  private record Key(long paneStartMs, String model, int version) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byTime = Long.compare(paneStartMs, other.paneStartMs);
      int byModel = byTime != 0 ? byTime : model.compareTo(other.model);
      return byModel != 0 ? byModel : Integer.compare(version, other.version);
    }
  }

  private static final class Open<T> {
    private final Tally<T> tally;
    private long rows;

    private Open(Tally<T> tally) {
      this.tally = tally;
    }
  }

  PaneCounter(Watched<T> watched, Panes panes) {
    this.watched = watched;
    this.panes = panes;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    parts =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("parts", PanePartSerializer.TYPE));
    withoutReference = getMetricGroup().addGroup("millrace").counter("withoutReference");
    open = new TreeMap<>();
    for (PanePart part : parts.get()) {
      Open<T> counted = openOf(new Key(part.paneStartMs(), part.model(), part.version()));
      if (counted == null) {
        throw new IllegalStateException(
            "the checkpoint has counts of %s version %d, but its profile is gone; put its folder back"
                .formatted(part.model(), part.version()));
      }
      counted.tally.merge(part.counts());
      counted.rows += part.rows();
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<PanePart> now = new ArrayList<>();
    open.forEach((key, counted) -> now.add(partOf(key, counted)));
    parts.update(now);
  }

  @Override
  public void processElement(StreamRecord<T> element) {
    T row = element.getValue();
    Open<T> counted =
        openOf(
            new Key(panes.startOf(watched.timeMs(row)), watched.model(row), watched.version(row)));
    if (counted == null) {
      withoutReference.inc();
      return;
    }
    counted.tally.add(row);
    counted.rows++;
  }

  private Open<T> openOf(Key key) {
    Open<T> counted = open.get(key);
    if (counted == null) {
      Optional<Tally<T>> tally = watched.tally(key.model(), key.version());
      if (tally.isEmpty()) {
        return null;
      }
      counted = new Open<>(tally.get());
      open.put(key, counted);
    }
    return counted;
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    while (!open.isEmpty()
        && panes.wholeAtMs(open.firstKey().paneStartMs()) <= mark.getTimestamp()) {
      Map.Entry<Key, Open<T>> whole = open.pollFirstEntry();
      output.collect(new StreamRecord<>(partOf(whole.getKey(), whole.getValue())));
    }
    super.processWatermark(mark);
  }

  private static <T> PanePart partOf(Key key, Open<T> counted) {
    return new PanePart(
        key.model(), key.version(), key.paneStartMs(), counted.rows, counted.tally.toBytes());
  }
}
