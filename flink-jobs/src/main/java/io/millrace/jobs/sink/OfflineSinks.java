package io.millrace.jobs.sink;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Prediction;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.jobs.intake.StoredEvent;
import io.millrace.offline.DriftRow;
import io.millrace.offline.Known;
import io.millrace.offline.KnownRow;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/** All that happened, into the offline store. */
public final class OfflineSinks {
  private final URI root;
  private final DefinitionSet definitions;
  private final String service;
  private final String model;

  /**
   * @param root of the store: a folder, or where a file system of Flink's reaches
   * @param service whose predictions are written
   * @param model that makes them
   */
  public OfflineSinks(URI root, DefinitionSet definitions, String service, String model) {
    this.root = root;
    this.definitions = definitions;
    this.service = service;
    this.model = model;
  }

  public void events(DataStream<StoredEvent> events) {
    write(events, "events", TableSink.tellingSilence(root, new EventTables(definitions, false)));
  }

  public void late(DataStream<StoredEvent> events) {
    write(events, "late", new EventTables(definitions, true));
  }

  public void rows(DataStream<RowUpdate> rows) {
    write(rows, "rows", new RowTables(definitions));
  }

  public void predictions(DataStream<Prediction> predictions) {
    write(
        predictions,
        "predictions",
        TableSink.tellingSilence(root, new PredictionTables(definitions, service, model)));
  }

  public void deadLetters(DataStream<DeadLetter> letters) {
    write(letters, "dead-letters", new DeadLetterTables());
  }

  /** Every score of a candidate beside the champion's. */
  public void shadow(DataStream<ShadowScore> scores) {
    write(scores, "shadow", new ShadowTables(model));
  }

  public void outcomes(DataStream<Outcome> outcomes) {
    write(outcomes, "outcomes", new OutcomeTables(service));
  }

  /** A row a feature of each report. */
  public void drift(DataStream<DriftReport> reports) {
    DataStream<DriftReport> lines =
        reports
            .process(new Lines())
            .returns(reports.getType())
            .setParallelism(1)
            .name("drift lines")
            .uid("drift-lines");
    write(lines, "drift", new DriftTables());
  }

  private <T> void write(DataStream<T> stream, String name, TableRoute<T> route) {
    write(stream, name, TableSink.of(root, route));
  }

  private <T> void write(DataStream<T> stream, String name, Sink<T> sink) {
    // One writer a table: each more would make a file a day more, and files cost more than rows.
    stream.sinkTo(sink).setParallelism(1).name("offline " + name).uid("offline-" + name);
  }

  private static final class EventTables implements TableRoute<StoredEvent> {
    private static final long serialVersionUID = 1;

    private final DefinitionSet definitions;
    private final boolean late;
    private transient List<OfflineTable<Known<Event>>> tables;

    private EventTables(DefinitionSet definitions, boolean late) {
      this.definitions = definitions;
      this.late = late;
    }

    @Override
    public Placed<?> place(StoredEvent stored) {
      if (tables == null) {
        List<OfflineTable<Known<Event>>> made = new ArrayList<>();
        for (EventSource source : definitions.definitions().sources()) {
          made.add(late ? OfflineTables.lateEvents(source) : OfflineTables.events(source));
        }
        tables = made;
      }
      return new Placed<>(
          tables.get(stored.source()),
          new Known<>(stored.event(), stored.knownAtMs(), stored.takenBack()));
    }
  }

  private static final class RowTables implements TableRoute<RowUpdate> {
    private static final long serialVersionUID = 1;

    private final DefinitionSet definitions;
    private transient List<OfflineTable<KnownRow>> tables;

    private RowTables(DefinitionSet definitions) {
      this.definitions = definitions;
    }

    @Override
    public Placed<?> place(RowUpdate update) {
      if (tables == null) {
        List<OfflineTable<KnownRow>> made = new ArrayList<>();
        Definitions all = definitions.definitions();
        for (ViewNode node : ViewGraph.of(all).asDefined()) {
          made.add(
              OfflineTables.features(node.view(), node.events(), node.aggregator().rowSchema()));
        }
        tables = made;
      }
      // A row that time alone made is known as soon as time has come.
      long knownMs = update.appendedAtMs() > 0 ? update.appendedAtMs() : System.currentTimeMillis();
      return new Placed<>(
          tables.get(update.view()),
          new KnownRow(
              update.row(),
              knownMs,
              update.order() == RowUpdate.NO_EVENT
                  ? OptionalLong.empty()
                  : OptionalLong.of(update.order())));
    }
  }

  private static final class PredictionTables implements TableRoute<Prediction> {
    private static final long serialVersionUID = 1;

    private final DefinitionSet definitions;
    private final String service;
    private final String model;
    private transient OfflineTable<Prediction> table;

    private PredictionTables(DefinitionSet definitions, String service, String model) {
      this.definitions = definitions;
      this.service = service;
      this.model = model;
    }

    @Override
    public Placed<?> place(Prediction prediction) {
      if (table == null) {
        Definitions all = definitions.definitions();
        table =
            OfflineTables.predictions(
                model, VectorPlan.of(all.service(service), all).vectorSchema());
      }
      return new Placed<>(table, prediction);
    }
  }

  private static final class ShadowTables implements TableRoute<ShadowScore> {
    private static final long serialVersionUID = 1;

    private final String model;
    private transient OfflineTable<ShadowScore> table;

    private ShadowTables(String model) {
      this.model = model;
    }

    @Override
    public Placed<?> place(ShadowScore score) {
      if (table == null) {
        table = OfflineTables.shadow(model);
      }
      return new Placed<>(table, score);
    }
  }

  private static final class OutcomeTables implements TableRoute<Outcome> {
    private static final long serialVersionUID = 1;

    private final String service;
    private transient OfflineTable<Outcome> table;

    private OutcomeTables(String service) {
      this.service = service;
    }

    @Override
    public Placed<?> place(Outcome outcome) {
      if (table == null) {
        table = OfflineTables.outcomes(service);
      }
      return new Placed<>(table, outcome);
    }
  }

  /** A report as reports of one line each. */
  private static final class Lines extends ProcessFunction<DriftReport, DriftReport> {
    private static final long serialVersionUID = 1;

    @Override
    public void processElement(DriftReport report, Context context, Collector<DriftReport> out) {
      if (report.kind() == DriftReport.Kind.PERFORMANCE) {
        out.collect(report);
        return;
      }
      for (FeatureDrift feature : report.features()) {
        out.collect(
            new DriftReport(
                report.model(),
                report.modelVersion(),
                report.paneStartMs(),
                report.paneEndMs(),
                report.rows(),
                report.kind(),
                List.of(feature),
                report.performance(),
                report.reference()));
      }
    }
  }

  private static final class DriftTables implements TableRoute<DriftReport> {
    private static final long serialVersionUID = 1;

    private transient Map<String, OfflineTable<DriftRow>> tables;

    @Override
    public Placed<?> place(DriftReport line) {
      if (tables == null) {
        tables = new HashMap<>();
      }
      return new Placed<>(
          tables.computeIfAbsent(line.model(), OfflineTables::drift), DriftRow.of(line).get(0));
    }
  }

  private static final class DeadLetterTables implements TableRoute<DeadLetter> {
    private static final long serialVersionUID = 1;

    private transient OfflineTable<DeadLetter> table;

    @Override
    public Placed<?> place(DeadLetter letter) {
      if (table == null) {
        table = OfflineTables.deadLetters();
      }
      return new Placed<>(table, letter);
    }
  }
}
