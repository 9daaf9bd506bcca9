package io.millrace.offline.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.history.RecordedEvents;
import io.millrace.offline.history.StoredHistory;
import io.millrace.offline.parquet.ValuesWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;

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
  private final FileOpener files;

  private SpineSet(
      Definitions definitions,
      VectorPlan plan,
      ViewGraph graph,
      Path spine,
      SpineOptions options,
      FileOpener files) {
    this.definitions = definitions;
    this.plan = plan;
    this.graph = graph;
    this.spine = spine;
    this.options = options;
    this.files = files;
  }

  /** Opens a new file of rows. */
  @FunctionalInterface
  interface FileOpener {
    OutputStream open(Path path) throws IOException;
  }

  /**
   * @throws IllegalArgumentException if there is no such service
   */
  public static SpineSet of(
      Definitions definitions, String service, Path spine, SpineOptions options) {
    return of(
        definitions,
        service,
        spine,
        options,
        path -> Files.newOutputStream(path, StandardOpenOption.CREATE_NEW));
  }

  static SpineSet of(
      Definitions definitions, String service, Path spine, SpineOptions options, FileOpener files) {
    VectorPlan plan = VectorPlan.of(definitions.service(service), definitions);
    ViewGraph graph =
        ViewGraph.of(
            definitions, plan.lookups().stream().map(VectorPlan.Lookup::view).distinct().toList());
    return new SpineSet(definitions, plan, graph, spine, options, files);
  }

  /** How its vectors are made. */
  public VectorPlan plan() {
    return plan;
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
    return make(lastMs -> Arrivals.byTime(events), Map.of(), out, listener);
  }

  /** The same from what the store recorded; the set names the snapshots that it read. */
  public SpineCounts write(StoredHistory events, Path out, SpineListener listener)
      throws InterruptedException {
    return make(lastMs -> Arrivals.byTime(events), events.snapshots(), out, listener);
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
    Map<String, Long> snapshots =
        events instanceof RecordedEvents stored ? stored.snapshots() : Map.of();
    requireKnowable();
    return make(lastMs -> Arrivals.asKnown(events, lastMs.getAsLong()), snapshots, out, listener);
  }

  /**
   * Checks that what was known then can be told.
   *
   * @throws OfflineException if a view of the service builds on another
   */
  public void requireKnowable() {
    if (graph.highestLevel() > 0) {
      throw new OfflineException(
          "what was known cannot be told for "
              + plan.service().name()
              + ", since views of it build on other views; leave --as-known out");
    }
  }

  private SpineCounts make(
      Function<LongSupplier, Arrivals> arrivals,
      Map<String, Long> snapshots,
      Path out,
      SpineListener listener)
      throws InterruptedException {
    listener.progress("sorting the spine", 0, 0, 0);
    try (SpineMaking making = SpineMaking.begin(definitions, plan, spine, options, out)) {
      SpineCounts counts;
      try (SortedSpine rows = making.rows();
          Parts parts = new Parts(making, files);
          SpineWalk walk =
              new SpineWalk(plan, graph, definitions, Checks.of(sources()), options.threads())) {
        counts = walk.walk(arrivals.apply(making::lastMs), rows, rows.count(), parts, listener);
      }
      making.publish(counts, snapshots);
      return counts;
    } catch (IOException e) {
      throw SpineMaking.unwritable(out, e);
    }
  }

  /** The files of the set, each full but for the last. */
  private static final class Parts implements SpineWalk.Sink, AutoCloseable {
    private final SpineMaking making;
    private final FileOpener opener;
    private ValuesWriter file;
    private int files;
    private int rows;

    Parts(SpineMaking making, FileOpener opener) {
      this.making = making;
      this.opener = opener;
    }

    @Override
    public void accept(Values carried, Values vector) throws IOException {
      if (file == null) {
        file = ValuesWriter.create(making.plan().output(), opener.open(making.part(files++)));
      }
      file.write(carried, vector);
      if (++rows == FILE_ROWS) {
        close();
      }
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
