package io.millrace.offline.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.duckdb.SpineFile;
import io.millrace.offline.parquet.OutputColumn;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.parquet.ValuesWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The training set of a spine: for each row that the user has, of any time and with any labels, the
 * vector that a service would have answered then. Immutable.
 *
 * <pre>
 * SpineSet set = SpineSet.of(definitions, "delay_v1", spine, SpineOptions.defaults());
 * try (MergedHistory past = MergedHistory.open(set.sources(), HistoryRange.all())) {
 *   SpineCounts counts = set.write(past, out, SpineListener...);
 * }
 * </pre>
 *
 * <p>A row at T, floored to the millisecond, sees the events strictly before T. Rows with a key
 * that is null or unknown, before the history or after it have the values of nothing: null, a count
 * of 0, or the feature's default. Equal rows are answered each by itself, alike. Rows come out in
 * the order of (time, row in the spine), in files of {@value #FILE_ROWS} rows; the same spine and
 * history make the same bytes, for any number of threads.
 *
 * <p>Memory: the states of all keys, and a few batches of rows. The spine is sorted on disk, beside
 * the output, which appears whole or not at all.
 */
public final class SpineSet {
  static final int FILE_ROWS = 1 << 20;

  private final Definitions definitions;
  private final VectorPlan plan;
  private final ViewGraph graph;
  private final Path spine;
  private final SpineOptions options;

  private SpineSet(
      Definitions definitions, VectorPlan plan, ViewGraph graph, Path spine, SpineOptions options) {
    this.definitions = definitions;
    this.plan = plan;
    this.graph = graph;
    this.spine = spine;
    this.options = options;
  }

  /**
   * @throws IllegalArgumentException if there is no such service
   */
  public static SpineSet of(
      Definitions definitions, String service, Path spine, SpineOptions options) {
    VectorPlan plan = VectorPlan.of(definitions.service(service), definitions);
    ViewGraph graph =
        ViewGraph.of(
            definitions, plan.lookups().stream().map(VectorPlan.Lookup::view).distinct().toList());
    return new SpineSet(definitions, plan, graph, spine, options);
  }

  /** The sources whose events are needed: those that the service's views are made of. */
  public List<EventSource> sources() {
    Set<String> names = new HashSet<>();
    graph.inOrder().forEach(node -> names.addAll(node.sources()));
    return definitions.sources().stream().filter(s -> names.contains(s.name())).toList();
  }

  /**
   * Makes the set from the events of all {@link #sources}.
   *
   * @param events in the order of their times; read up to the spine's last row
   * @param out a folder that does not exist or is empty
   * @throws OfflineException if the spine does not fit, is damaged, or the folder cannot be written
   */
  public SpineCounts write(Iterator<Event> events, Path out, SpineListener listener)
      throws InterruptedException {
    return make(lastMs -> Arrivals.byTime(events), out, listener);
  }

  /**
   * Makes the set from what was known: a row at T sees the events with both their own time and the
   * time at which they were known strictly before T.
   *
   * @param events as of {@link #write}
   * @throws OfflineException as {@link #write}, and if a view builds on another: what was joined to
   *     an event that came late is not what was joined then
   */
  public SpineCounts writeAsKnown(Iterator<Known<Event>> events, Path out, SpineListener listener)
      throws InterruptedException {
    if (graph.highestLevel() > 0) {
      throw new OfflineException(
          "what was known cannot be told for "
              + plan.service().name()
              + ", since views of it build on other views; leave --as-known out");
    }
    return make(lastMs -> Arrivals.asKnown(events, lastMs), out, listener);
  }

  private SpineCounts make(Function<Long, Arrivals> arrivals, Path out, SpineListener listener)
      throws InterruptedException {
    try (OutputFolder folder = OutputFolder.create(out)) {
      listener.progress("sorting the spine", 0, 0, 0);
      Path sorted = folder.work().resolve("sorted.parquet");
      SpinePlan spinePlan;
      try (SpineFile file =
          SpineFile.open(spine, plan.request().schema(), folder.work(), options.sortMemoryMb())) {
        spinePlan =
            SpinePlan.of(
                definitions,
                plan.service().name(),
                options.timeColumn(),
                file.columns(),
                spine.toString());
        file.sort(spinePlan.timeColumn(), spinePlan.columns(), sorted);
      }
      SpineCounts counts;
      try (SortedRows rows = SortedRows.open(sorted, spinePlan, spine);
          Parts parts = new Parts(folder, spinePlan.output());
          SpineWalk walk =
              new SpineWalk(plan, graph, definitions, Checks.of(sources()), options.threads())) {
        long lastMs = rows.lastMs();
        counts = walk.walk(arrivals.apply(lastMs), rows, rows.count(), parts, listener);
        parts.finish();
      }
      folder.describe(SpineReport.json(definitions, plan, spine, spinePlan.timeColumn(), counts));
      folder.publish();
      return counts;
    } catch (IOException e) {
      throw new OfflineException(
          "the training set cannot be written to "
              + out
              + ": "
              + e
              + "; free some of its disk, or choose another --out",
          e);
    }
  }

  /** The rows of the sorted spine. */
  private static final class SortedRows implements SpineWalk.Rows, AutoCloseable {
    private final ParquetRowReader reader;
    private final SpinePlan plan;
    private final Path spine;
    private final Path sorted;

    private SortedRows(ParquetRowReader reader, SpinePlan plan, Path spine, Path sorted) {
      this.reader = reader;
      this.plan = plan;
      this.spine = spine;
      this.sorted = sorted;
    }

    static SortedRows open(Path sorted, SpinePlan plan, Path spine) {
      return new SortedRows(ParquetRowReader.open(sorted), plan, spine, sorted);
    }

    long count() {
      return reader.rows();
    }

    /** The time of the last row; the least long without rows. */
    long lastMs() {
      try (ParquetRowReader times = ParquetRowReader.open(sorted)) {
        times.select(List.of(SpineFile.AT));
        long lastMs = Long.MIN_VALUE;
        while (times.next()) {
          lastMs = times.row().longAt(0);
        }
        return lastMs;
      }
    }

    @Override
    public boolean next() {
      if (!reader.next()) {
        return false;
      }
      if (reader.row().isNull(1)) {
        throw new OfflineException(
            "row "
                + reader.row().longAt(0)
                + " of "
                + spine
                + ", counted from 0, has no time in "
                + plan.timeColumn()
                + "; give it one or leave it out");
      }
      return true;
    }

    @Override
    public long atMs() {
      return reader.row().longAt(1);
    }

    @Override
    public Values request() {
      return plan.request(reader.row(), atMs());
    }

    @Override
    public Values carried() {
      return plan.carried(reader.row());
    }

    @Override
    public void close() {
      reader.close();
    }
  }

  /** The files of the set, each full but for the last. */
  private static final class Parts implements SpineWalk.Sink, AutoCloseable {
    private final OutputFolder folder;
    private final List<OutputColumn> columns;
    private ValuesWriter file;
    private int files;
    private int rows;

    Parts(OutputFolder folder, List<OutputColumn> columns) {
      this.folder = folder;
      this.columns = new ArrayList<>(columns);
    }

    @Override
    public void accept(Values carried, Values vector) throws IOException {
      if (file == null) {
        file = ValuesWriter.create(columns, folder.part(files++));
      }
      file.write(carried, vector);
      if (++rows == FILE_ROWS) {
        close();
      }
    }

    /** Ends the last file; of an empty spine there is one with the columns. */
    void finish() throws IOException {
      if (file == null && files == 0) {
        file = ValuesWriter.create(columns, folder.part(files++));
      }
      close();
    }

    @Override
    public void close() throws IOException {
      ValuesWriter open = file;
      file = null;
      rows = 0;
      if (open != null) {
        open.close();
      }
    }
  }

  /** How a training set is made. */
  public record SpineOptions(Optional<String> timeColumn, int threads, int sortMemoryMb) {
    public SpineOptions {
      if (threads < 1 || sortMemoryMb < 64) {
        throw new IllegalArgumentException(
            "threads must be 1 or more and the memory to sort in 64 MB or more, but they are "
                + threads
                + " and "
                + sortMemoryMb);
      }
    }

    /** The request's time, all cores, 512 MB. */
    public static SpineOptions defaults() {
      return new SpineOptions(Optional.empty(), Runtime.getRuntime().availableProcessors(), 512);
    }
  }
}
