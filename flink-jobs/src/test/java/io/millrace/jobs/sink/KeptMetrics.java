package io.millrace.jobs.sink;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** Keeps the metrics of a job's operators in group {@code millrace} beyond the job's end. */
public final class KeptMetrics implements MetricReporter, MetricReporterFactory {
  private static final Map<String, Metric> KEPT = new ConcurrentHashMap<>();

  static void registerIn(Configuration flink) {
    KEPT.clear();
    flink.setString("metrics.reporters", "kept");
    flink.setString("metrics.reporter.kept.factory.class", KeptMetrics.class.getName());
  }

  /** The sums over all subtasks of metrics that are numbers. */
  static Map<String, Long> sums(String... names) {
    Map<String, Long> sums = new HashMap<>();
    for (String name : names) {
      KEPT.forEach(
          (whole, metric) -> {
            if (whole.endsWith(".millrace." + name)) {
              sums.merge(name, valueOf(metric), Long::sum);
            }
          });
    }
    return sums;
  }

  private static long valueOf(Metric metric) {
    return metric instanceof Counter counter
        ? counter.getCount()
        : ((Number) ((Gauge<?>) metric).getValue()).longValue();
  }

  @Override
  public MetricReporter createMetricReporter(Properties properties) {
    return this;
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    KEPT.put(group.getMetricIdentifier(name), metric);
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}
}
