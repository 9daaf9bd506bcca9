package io.millrace.offline.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.Values;
import io.millrace.feature.chain.JoinedView;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.offline.OfflineException;
import io.millrace.offline.training.SpineBatch.ViewKeys;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * One pass over events and spine in the order of time, on several threads. A view's keys are shared
 * out among workers; each goes through every batch by itself and only it touches its keys' states,
 * so that the rows are the same for any number of threads. While the workers are at one batch, the
 * next is read and the one before is written.
 */
final class SpineWalk implements AutoCloseable {
  // What a batch holds stays in the nearer memory of a processor until it is written.
  private static final int BATCH_ROWS = 512;
  private static final int BATCH_EVENTS = 2048;
  private static final int SLICE_ROWS = 256;
  private static final long EXPIRE_EVERY_MS = 86_400_000;
  private static final int SHARES_A_THREAD = 2;

  /** The rows of a spine in the order of time. */
  interface Rows {
    boolean next();

    long atMs();

    Values request();

    Values carried();
  }

  /** Takes what was made, in the order of the rows. */
  @FunctionalInterface
  interface Sink {
    void accept(Values carried, Values vector) throws IOException;
  }

  private final VectorPlan plan;
  private final Checks checks;
  private final List<SpineWorker> workers = new ArrayList<>();
  // The views that build on no other, as the workers number them.
  private final List<ViewAggregator> alone = new ArrayList<>();
  private final ExecutorService pool;
  private final ExecutorService ends = Executors.newFixedThreadPool(2);
  private long firstEventMs = Long.MIN_VALUE;
  private long lastEventMs = Long.MIN_VALUE;
  private long events;
  private long refused;
  private long beforeHistory;
  private long afterHistory;
  private boolean rowWaits;
  private long expiredMs = Long.MIN_VALUE;

  SpineWalk(VectorPlan plan, ViewGraph graph, Definitions definitions, Checks checks, int threads) {
    this.plan = plan;
    this.checks = checks;
    this.pool = Executors.newFixedThreadPool(threads);
    List<List<ViewNode>> groups = groups(graph);
    long views = groups.stream().filter(group -> group.size() == 1).count();
    int parts =
        views == 0 ? 1 : Math.max(1, (int) ((SHARES_A_THREAD * threads + views - 1) / views));
    for (List<ViewNode> group : groups) {
      if (group.size() == 1) {
        ViewNode node = group.get(0);
        alone.add(node.aggregator());
        for (int part = 0; part < (threads == 1 ? 1 : parts); part++) {
          workers.add(
              new KeyStates(
                  node.aggregator(),
                  alone.size() - 1,
                  KeyStates.lookupsOf(plan, node.view().name()),
                  part,
                  threads == 1 ? 1 : parts));
        }
      } else {
        Map<String, List<KeyStates.Lookup>> lookups = new LinkedHashMap<>();
        group.forEach(
            node -> lookups.put(node.view().name(), KeyStates.lookupsOf(plan, node.view().name())));
        workers.add(
            new ChainedStates(
                ViewGraph.of(definitions, group.stream().map(ViewNode::view).toList()), lookups));
      }
    }
  }

  /** Views that build on each other, together; what a view builds on comes before it. */
  private static List<List<ViewNode>> groups(ViewGraph graph) {
    Map<String, List<ViewNode>> groupOf = new HashMap<>();
    for (ViewNode node : graph.inOrder()) {
      List<ViewNode> group = new ArrayList<>(List.of(node));
      groupOf.put(node.view().name(), group);
      List<ViewNode> below = new ArrayList<>(node.joins().stream().map(JoinedView::view).toList());
      node.rowsOf().ifPresent(below::add);
      for (ViewNode one : below) {
        List<ViewNode> other = groupOf.get(one.view().name());
        if (other != group) {
          other.addAll(group);
          group.forEach(member -> groupOf.put(member.view().name(), other));
          group = other;
        }
      }
    }
    return graph.inOrder().stream()
        .map(node -> groupOf.get(node.view().name()))
        .distinct()
        .toList();
  }

  /** Walks to the end of the rows. */
  SpineCounts walk(Arrivals arrivals, Rows rows, long ofRows, Sink sink, SpineListener listener)
      throws IOException, InterruptedException {
    long answered = 0;
    rowWaits = rows.next();
    Future<SpineBatch> read = ends.submit(() -> batch(arrivals, rows));
    Future<Integer> written = null;
    while (true) {
      SpineBatch batch = done(read);
      boolean isLast = batch.events.isEmpty() && batch.rows() == 0;
      if (!isLast) {
        read = ends.submit(() -> batch(arrivals, rows));
        answer(batch);
      }
      if (written != null) {
        answered += done(written);
        listener.progress("answering", answered, ofRows, batch.eventsRead);
      }
      if (isLast) {
        return new SpineCounts(answered, events, refused, beforeHistory, afterHistory);
      }
      written = ends.submit(() -> write(batch, sink));
    }
  }

  /** The next stretch; an instant's events are never torn apart. Empty at the end. */
  private SpineBatch batch(Arrivals arrivals, Rows rows) {
    SpineBatch batch =
        new SpineBatch(
            plan.lookups().stream().map(lookup -> new KeyCodes(lookup.keys())).toList(),
            alone.stream()
                .map(one -> new ViewKeys(one.view().source(), new KeyCodes(one.keys())))
                .toList());
    long instantMs = Long.MIN_VALUE;
    while (rowWaits && batch.rows() < BATCH_ROWS) {
      if (arrivals.hasNext() && arrivals.visibleMs() < rows.atMs()) {
        long visibleMs = arrivals.visibleMs();
        if (batch.events.size() >= BATCH_EVENTS && visibleMs != instantMs) {
          break;
        }
        if (visibleMs < lastEventMs) {
          throw new IllegalArgumentException(
              "events must come in the order of their times, but one of "
                  + Instant.ofEpochMilli(visibleMs)
                  + " came after one of "
                  + Instant.ofEpochMilli(lastEventMs));
        }
        instantMs = visibleMs;
        lastEventMs = visibleMs;
        if (events++ == 0) {
          firstEventMs = visibleMs;
        }
        Event event = arrivals.next();
        if (checks.hold(event)) {
          batch.add(event);
        } else {
          refused++;
        }
      } else {
        beforeHistory += events == 0 ? 1 : 0;
        afterHistory += arrivals.hasNext() ? 0 : 1;
        batch.add(rows.atMs(), rows.request(), rows.carried());
        rowWaits = rows.next();
      }
    }
    batch.close(plan.lookups().size(), events);
    return batch;
  }

  private void answer(SpineBatch batch) throws IOException, InterruptedException {
    List<Callable<Void>> work = new ArrayList<>();
    long nowMs = batch.rows() > 0 ? batch.timeMs(batch.rows() - 1) : Long.MIN_VALUE;
    boolean expire = nowMs != Long.MIN_VALUE && nowMs - EXPIRE_EVERY_MS >= expiredMs;
    expiredMs = expire ? nowMs : expiredMs;
    for (SpineWorker worker : workers) {
      work.add(
          () -> {
            worker.work(batch);
            if (expire) {
              worker.expire(nowMs);
            }
            return null;
          });
    }
    doAll(work);
    List<Callable<Void>> vectors = new ArrayList<>();
    for (int from = 0; from < batch.rows(); from += SLICE_ROWS) {
      int start = from;
      vectors.add(
          () -> {
            vectors(batch, start, Math.min(batch.rows(), start + SLICE_ROWS));
            return null;
          });
    }
    doAll(vectors);
  }

  private void vectors(SpineBatch batch, int from, int until) {
    Values[] looked = new Values[plan.lookups().size()];
    for (int row = from; row < until; row++) {
      for (int i = 0; i < looked.length; i++) {
        looked[i] = batch.found[i][row];
        batch.found[i][row] = null;
      }
      batch.vectors.set(row, plan.vector(batch.requests.get(row), looked));
    }
  }

  private static int write(SpineBatch batch, Sink sink) throws IOException {
    for (int row = 0; row < batch.rows(); row++) {
      sink.accept(batch.carried.get(row), batch.vectors.get(row));
    }
    return batch.rows();
  }

  private void doAll(List<Callable<Void>> work) throws IOException, InterruptedException {
    for (Future<Void> one : pool.invokeAll(work)) {
      done(one);
    }
  }

  private static <T> T done(Future<T> future) throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      if (e.getCause() instanceof RuntimeException runtime) {
        throw runtime;
      }
      if (e.getCause() instanceof OutOfMemoryError) {
        throw new OfflineException(
            "memory does not hold the states of all keys; allow more heap", e);
      }
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    // What is under way must end before the files that it reads and writes are closed.
    pool.shutdownNow();
    ends.shutdownNow();
    try {
      while (!pool.awaitTermination(1, TimeUnit.MINUTES)
          || !ends.awaitTermination(1, TimeUnit.MINUTES)) {
        // A batch takes far less.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
