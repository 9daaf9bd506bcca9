package io.millrace.jobs.intake;

import java.util.TreeMap;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;

/** A metric group that keeps its counters by their whole name. */
final class CountedMetrics extends UnregisteredMetricsGroup
    implements DeserializationSchema.InitializationContext {
  private final String prefix;
  private final TreeMap<String, Counter> counters;

  CountedMetrics() {
    this("", new TreeMap<>());
  }

  private CountedMetrics(String prefix, TreeMap<String, Counter> counters) {
    this.prefix = prefix;
    this.counters = counters;
  }

  /** The count of one counter, such as {@code millrace.read}. */
  long count(String name) {
    return counters.get(name).getCount();
  }

  @Override
  public MetricGroup addGroup(String name) {
    return new CountedMetrics(prefix + name + '.', counters);
  }

  @Override
  public MetricGroup addGroup(String key, String value) {
    return addGroup(key).addGroup(value);
  }

  @Override
  public Counter counter(String name) {
    return counters.computeIfAbsent(prefix + name, whole -> new SimpleCounter());
  }

  @Override
  public MetricGroup getMetricGroup() {
    return this;
  }

  @Override
  public UserCodeClassLoader getUserCodeClassLoader() {
    return SimpleUserCodeClassLoader.create(getClass().getClassLoader());
  }
}
