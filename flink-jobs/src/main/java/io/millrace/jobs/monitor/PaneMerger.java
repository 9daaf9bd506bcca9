package io.millrace.jobs.monitor;

import io.millrace.feature.loop.DriftReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second phase, keyed by the model: the parts of a pane become one, and when the watermark
 * makes the pane whole, its report: one for each version and pane.
 *
 * <p>Metrics: {@code reports}; {@code lateRows}, which came after their pane was reported; {@code
 * unreported}, panes that were whole but held too little to say anything.
 */
final class PaneMerger<T> extends KeyedProcessFunction<String, PanePart, DriftReport> {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(PaneMerger.class);

  /** So many panes back it is remembered which were reported; older parts are late. */
  private static final int REMEMBERED_PANES = 200;

  private final Watched<T> watched;
  private final Panes panes;

  /** By {@code paneStart/version}: the counts; without any once it is reported. */
  private transient MapState<String, PanePart> merged;

  private transient Counter reports;
  private transient Counter lateRows;
  private transient Counter unreported;

  PaneMerger(Watched<T> watched, Panes panes) {
    this.watched = watched;
    this.panes = panes;
  }

  @Override
  public void open(OpenContext context) {
    merged =
        getRuntimeContext()
            .getMapState(new MapStateDescriptor<>("panes", Types.STRING, PanePartSerializer.TYPE));
    var metrics = getRuntimeContext().getMetricGroup().addGroup("millrace");
    reports = metrics.counter("reports");
    lateRows = metrics.counter("lateRows");
    unreported = metrics.counter("unreported");
  }

  @Override
  public void processElement(PanePart part, Context context, Collector<DriftReport> out)
      throws Exception {
    String key = part.paneStartMs() + "/" + part.version();
    PanePart before = merged.get(key);
    long wholeAtMs = panes.wholeAtMs(part.paneStartMs());
    long forgottenMs = wholeAtMs + REMEMBERED_PANES * panes.lengthMs();
    boolean reported = before != null && before.counts().length == 0;
    if (reported || context.timerService().currentWatermark() >= forgottenMs) {
      lateRows.inc(part.rows());
      return;
    }
    merged.put(key, before == null ? part : plus(before, part));
    context.timerService().registerEventTimeTimer(wholeAtMs);
  }

  private PanePart plus(PanePart one, PanePart other) {
    Tally<T> tally = tallyOf(one);
    tally.merge(other.counts());
    return new PanePart(
        one.model(), one.version(), one.paneStartMs(), one.rows() + other.rows(), tally.toBytes());
  }

  private Tally<T> tallyOf(PanePart part) {
    Tally<T> tally =
        watched
            .tally(part.model(), part.version())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "counts of %s version %d came, but its profile is gone; put its folder back"
                            .formatted(part.model(), part.version())));
    tally.merge(part.counts());
    return tally;
  }

  @Override
  public void onTimer(long timeMs, OnTimerContext context, Collector<DriftReport> out)
      throws Exception {
    List<String> forgotten = new ArrayList<>();
    List<Map.Entry<String, PanePart>> whole = new ArrayList<>();
    for (Map.Entry<String, PanePart> entry : merged.entries()) {
      PanePart part = entry.getValue();
      long wholeAtMs = panes.wholeAtMs(part.paneStartMs());
      if (part.counts().length == 0) {
        if (timeMs >= wholeAtMs + REMEMBERED_PANES * panes.lengthMs()) {
          forgotten.add(entry.getKey());
        }
      } else if (timeMs >= wholeAtMs) {
        whole.add(Map.entry(entry.getKey(), part));
      }
    }
    for (String key : forgotten) {
      merged.remove(key);
    }
    whole.sort(
        Comparator.comparingLong(
                (Map.Entry<String, PanePart> entry) -> entry.getValue().paneStartMs())
            .thenComparingInt(entry -> entry.getValue().version()));
    for (Map.Entry<String, PanePart> entry : whole) {
      PanePart part = entry.getValue();
      report(part).ifPresent(out::collect);
      merged.put(
          entry.getKey(),
          new PanePart(part.model(), part.version(), part.paneStartMs(), part.rows(), new byte[0]));
    }
  }

  private Optional<DriftReport> report(PanePart part) {
    Optional<DriftReport> report =
        tallyOf(part)
            .report(part.paneStartMs(), part.paneStartMs() + panes.lengthMs())
            .filter(
                made ->
                    made.performance().stream()
                        .allMatch(held -> held.completeness() >= panes.completeness()));
    if (report.isPresent()) {
      reports.inc();
    } else {
      unreported.inc();
      LOG.warn(
          "The pane from {} of {} version {} has {} rows, too few or too few of them answered:"
              + " it is not reported.",
          Instant.ofEpochMilli(part.paneStartMs()),
          part.model(),
          part.version(),
          part.rows());
    }
    return report;
  }
}
