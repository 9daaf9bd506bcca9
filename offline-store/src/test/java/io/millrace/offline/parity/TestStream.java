package io.millrace.offline.parity;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Prediction;
import io.millrace.feature.Values;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.ParquetRowWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A stream in one thread: takes events in the order of their arrival, serves requests from the
 * engine's state, and keeps events and predictions as the job does. The n-th arrival is known at n.
 */
final class TestStream {
  private final Definitions definitions;
  private final VectorPlan plan;
  private final KeyReader requestKeys;
  private final Map<String, ViewAggregator> aggregators = new HashMap<>();
  private final Map<String, byte[]> states = new HashMap<>();
  private final Map<String, List<Known<Event>>> events = new TreeMap<>();
  final List<Prediction> predictions = new ArrayList<>();
  private long arrivals;

  TestStream(Definitions definitions, String service) {
    this.definitions = definitions;
    this.plan = VectorPlan.of(definitions.service(service), definitions);
    this.requestKeys =
        KeyReader.of(plan.service().label().orElseThrow().on(), plan.request().schema());
    for (FeatureView view : definitions.views()) {
      aggregators.put(
          view.id(), ViewAggregator.of(view, definitions.source(view.source()).schema()));
    }
  }

  /** One instant: its requests are served before its events are added. */
  void arrive(List<Event> instant) {
    for (Event event : instant) {
      if (event.source().equals(plan.request().name())) {
        serve(event);
      }
    }
    for (Event event : instant) {
      add(event);
    }
  }

  /** Writes all to a store. */
  void store(OfflineStore store) throws IOException {
    for (Map.Entry<String, List<Known<Event>>> source : events.entrySet()) {
      write(store, OfflineTables.events(definitions.source(source.getKey())), source.getValue());
    }
    write(store, OfflineTables.predictions("delay", plan.vectorSchema()), predictions);
  }

  /** A file for each day. */
  static <T> void write(OfflineStore store, OfflineTable<T> table, List<T> rows)
      throws IOException {
    Map<String, ParquetRowWriter<T>> writers = new HashMap<>();
    for (T row : rows) {
      ParquetRowWriter<T> writer = writers.get(table.partition(row));
      if (writer == null) {
        writer = ParquetRowWriter.open(table, store.partition(table, row).resolve("part-0"));
        writers.put(table.partition(row), writer);
      }
      writer.write(row);
    }
    for (ParquetRowWriter<T> writer : writers.values()) {
      writer.close();
    }
  }

  private void serve(Event request) {
    Values[] rows = new Values[plan.lookups().size()];
    for (int i = 0; i < rows.length; i++) {
      VectorPlan.Lookup lookup = plan.lookups().get(i);
      String key = lookup.keys().keyTextOf(request.values());
      byte[] state = states.get(lookup.view().id() + "/" + key);
      if (key != null && state != null) {
        rows[i] = lookup.aggregator().valuesAt(state, request.timeMs());
      }
    }
    predictions.add(
        new Prediction(
            request.position().toString(),
            requestKeys.keyTextOf(request.values()),
            plan.service().name(),
            "delay",
            1,
            request.timeMs(),
            arrivals,
            arrivals,
            plan.vector(request.values(), rows),
            0.5));
  }

  private void add(Event event) {
    arrivals++;
    EventSource source = definitions.source(event.source());
    // In the topics, a source's events have offsets in the order of their arrival.
    events
        .computeIfAbsent(source.name(), name -> new ArrayList<>())
        .add(new Known<>(event, arrivals));
    for (FeatureView view : definitions.views()) {
      if (view.source().equals(source.name())) {
        ViewAggregator aggregator = aggregators.get(view.id());
        String key = aggregator.keys().keyTextOf(event.values());
        if (key != null) {
          String id = view.id() + "/" + key;
          byte[] state = states.getOrDefault(id, ViewAggregator.EMPTY);
          byte[] added =
              aggregator.add(
                  state,
                  event.timeMs(),
                  event.position().order(),
                  aggregator.contribution(event.values()));
          // A day's grace, for what comes late.
          states.put(id, aggregator.expire(added, event.timeMs() - 86_400_000));
        }
      }
    }
  }
}
