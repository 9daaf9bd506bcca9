package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.ModelVersions;
import io.millrace.inference.ScoreRequest;
import io.millrace.inference.ScoringModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.IOUtils;

/**
 * Scores requests with the versions that control records name.
 *
 * <pre>
 *  control -> task thread: hold, reconcile --load--> loader thread: open, warm --mail--> reconcile
 *  scores  -> task thread: emit --if the shadow is free--> shadow thread: run --mail--> emit
 * </pre>
 *
 * <p>A control record is the whole state, so there is one verb: reconcile what is loaded with what
 * the held record wants. A version serves from the moment it is loaded and named champion; until
 * then the one before it does. Whatever goes wrong with a version is acknowledged as not ready, and
 * the one that serves goes on.
 *
 * <p>The candidate's runs have a thread of their own, and a batch that ends while it is still busy
 * is skipped. Of batches behind which a full one already waits, only one in {@value
 * #SHADOW_UNDER_LOAD} is shadowed.
 */
final class SwapOperator extends BatchingOperator
    implements TwoInputStreamOperator<ScoreRequest, ModelControl, Prediction>, BoundedMultiInput {
  private static final long serialVersionUID = 1L;
  private static final int SHADOW_UNDER_LOAD = 8;

  private static final ListStateDescriptor<ModelControl> HELD =
      new ListStateDescriptor<>("model-control", InferenceTypes.MODEL_CONTROL);

  private final ModelVersions versions;

  private transient ListState<ModelControl> heldState;

  /** The record with the highest epoch; null before the first. */
  private transient ModelControl held;

  private transient boolean acked;
  private transient Map<Integer, ServingVersion> loaded;
  private transient Set<Integer> loading;

  /** Why versions could not be loaded since the held record came. */
  private transient Map<Integer, String> refused;

  private transient List<ServingVersion> retired;

  private transient ExecutorService loader;
  private transient ExecutorService shadowThread;

  /** All that is in memory, by whichever thread. */
  private transient Set<ServingVersion> inMemory;

  private transient volatile boolean closing;

  /** The candidate whose run is under way; null if none is. */
  private transient ServingVersion shadowRunning;

  /** The candidate that failed in the shadow, which is told once; null if none did. */
  private transient ServingVersion shadowFailing;

  private transient boolean shadowBroken;

  /** The rows for the next run of the shadow; null while they are skipped. */
  private transient List<Prediction> shadowRows;

  private transient int fullBatches;

  SwapOperator(
      StreamOperatorParameters<Prediction> parameters,
      ModelVersions versions,
      ScoringOptions options) {
    super(parameters, options);
    this.versions = versions;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    // Each subtask writes its record and reads them all: they are equal, or the latest counts.
    heldState = context.getOperatorStateStore().getUnionListState(HELD);
    for (ModelControl control : heldState.get()) {
      if (control.model().equals(versions.model())
          && (held == null || control.epoch() > held.epoch())) {
        held = control;
      }
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    heldState.update(held == null ? List.of() : List.of(held));
  }

  @Override
  ServingVersion openServing() throws Exception {
    loaded = new HashMap<>();
    loading = new HashSet<>();
    refused = new HashMap<>();
    retired = new ArrayList<>();
    inMemory = ConcurrentHashMap.newKeySet();
    loader = Executors.newSingleThreadExecutor(task -> daemon(task, "load"));
    shadowThread = Executors.newSingleThreadExecutor(this::shadowThread);
    if (held == null) {
      int champion = versions.champion();
      ServingVersion version = load(champion);
      loaded.put(champion, version);
      return version;
    }
    return restored();
  }

  private Thread shadowThread(Runnable task) {
    Thread thread = daemon(task, "shadow");
    thread.setPriority(Thread.MIN_PRIORITY);
    return thread;
  }

  /**
   * Loads what the held record names before the first row; only that nothing can serve is fatal.
   */
  private ServingVersion restored() throws Exception {
    for (int number : wanted()) {
      try {
        loaded.put(number, load(number));
      } catch (Exception e) {
        LOG.warn("model {} version {} is not restored", versions.model(), number, e);
        refused.put(number, describe(e));
      }
    }
    ServingVersion version = loaded.get(held.champion());
    if (version == null) {
      // An activated version that never loaded: its predecessor served all along.
      version = loaded.get(held.previous());
    }
    if (version == null) {
      int champion = versions.champion();
      version = load(champion);
      loaded.put(champion, version);
    }
    return version;
  }

  @Override
  public void open() throws Exception {
    super.open();
    if (held != null) {
      for (int i = 0; i < refused.size(); i++) {
        metrics().loadFailed();
      }
      mailbox.execute(this::reconcile, "acknowledge the restored versions");
    }
  }

  /** Of the loader thread, and of the task's before the first row. */
  private ServingVersion load(int number) throws Exception {
    long startNanos = System.nanoTime();
    ScoringModel model = versions.open(number);
    if (model.version() != number || !model.name().equals(versions.model())) {
      String found = model.name() + " version " + model.version();
      model.close();
      throw new IllegalStateException(
          "%s version %d was asked for, but this is %s".formatted(versions.model(), number, found));
    }
    ServingVersion version = ServingVersion.warmed(model, options.maxBatch(), startNanos);
    inMemory.add(version);
    return version;
  }

  @Override
  public void processElement1(StreamRecord<ScoreRequest> element) throws Exception {
    score(element);
  }

  @Override
  public void processElement2(StreamRecord<ModelControl> element) {
    ModelControl control = element.getValue();
    if (!control.model().equals(versions.model())
        || (held != null && control.epoch() <= held.epoch())) {
      return;
    }
    held = control;
    acked = false;
    refused.clear();
    fullBatches = 0;
    reconcile();
  }

  private Set<Integer> wanted() {
    Set<Integer> wanted = new LinkedHashSet<>();
    wanted.add(held.champion());
    wanted.add(held.candidate());
    wanted.add(held.previous());
    wanted.remove(0);
    return wanted;
  }

  /** Observes what is loaded, decides what is missing or superfluous, acts. */
  private void reconcile() {
    Set<Integer> wanted = wanted();
    for (int number : wanted) {
      if (!loaded.containsKey(number) && !refused.containsKey(number) && loading.add(number)) {
        loader.execute(() -> loadAndTell(number));
      }
    }
    ServingVersion champion = loaded.get(held.champion());
    if (champion != null && champion != serving()) {
      LOG.info("version {} serves instead of {}", champion.number(), serving().number());
      serve(champion);
      metrics().swapped();
    }
    for (Iterator<ServingVersion> all = loaded.values().iterator(); all.hasNext(); ) {
      ServingVersion version = all.next();
      if (!wanted.contains(version.number()) && version != serving()) {
        all.remove();
        retired.add(version);
      }
    }
    closeRetired();
    acknowledge();
  }

  private void acknowledge() {
    int number = held.op() == ModelControl.Op.STAGE ? held.candidate() : held.champion();
    ServingVersion version = loaded.get(number);
    if (acked) {
      return;
    }
    if (version != null) {
      acked = true;
      ack(number, true, "", version.loadMillis());
    } else if (refused.containsKey(number)) {
      acked = true;
      ack(number, false, refused.get(number), 0);
    }
  }

  private void ack(int version, boolean ready, String detail, long loadMillis) {
    var task = getRuntimeContext().getTaskInfo();
    ModelAck ack =
        new ModelAck(
            held.model(),
            held.epoch(),
            version,
            task.getIndexOfThisSubtask(),
            task.getNumberOfParallelSubtasks(),
            ready,
            detail,
            loadMillis,
            getProcessingTimeService().getCurrentProcessingTime());
    output.collect(Scoring.ACKS, new StreamRecord<>(ack));
  }

  private void loadAndTell(int number) {
    if (closing) {
      return;
    }
    try {
      try {
        ServingVersion version = load(number);
        mailbox.execute(() -> onLoaded(number, version), "install a version");
      } catch (RejectedExecutionException e) {
        throw e;
      } catch (Exception | LinkageError | OutOfMemoryError e) {
        mailbox.execute(() -> onRefused(number, e), "refuse a version");
      }
    } catch (RejectedExecutionException e) {
      LOG.debug("a version was loaded after its task", e);
    }
  }

  private void onLoaded(int number, ServingVersion version) {
    loading.remove(number);
    loaded.put(number, version);
    reconcile();
  }

  private void onRefused(int number, Throwable cause) {
    LOG.warn("model {} version {} is refused", versions.model(), number, cause);
    loading.remove(number);
    refused.put(number, describe(cause));
    metrics().loadFailed();
    reconcile();
  }

  private static String describe(Throwable cause) {
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private void closeRetired() {
    for (Iterator<ServingVersion> all = retired.iterator(); all.hasNext(); ) {
      ServingVersion version = all.next();
      if (version.isIdle() && version != shadowRunning) {
        all.remove();
        loader.execute(() -> closeQuietly(version));
      }
    }
  }

  private void closeQuietly(ServingVersion version) {
    inMemory.remove(version);
    IOUtils.closeQuietly(version);
  }

  @Override
  void beforeEmit(ServingVersion version) {
    ServingVersion candidate = candidate();
    boolean shadowed =
        candidate != null
            && candidate != version
            && shadowRunning == null
            && !(shadowBroken && candidate == shadowFailing)
            && (!fullBatchRuns() || fullBatches++ % SHADOW_UNDER_LOAD == 0);
    shadowRows = shadowed ? new ArrayList<>() : null;
  }

  private ServingVersion candidate() {
    return held == null || held.candidate() == 0 ? null : loaded.get(held.candidate());
  }

  @Override
  void emitted(Prediction prediction) {
    if (shadowRows != null) {
      shadowRows.add(prediction);
    } else if (held != null && loaded.containsKey(held.candidate())) {
      metrics().shadowSkipped(1);
    }
  }

  @Override
  void afterEmit() {
    List<Prediction> rows = shadowRows;
    shadowRows = null;
    if (rows != null && !rows.isEmpty()) {
      ServingVersion candidate = candidate();
      long epoch = held.epoch();
      long nowMs = getProcessingTimeService().getCurrentProcessingTime();
      shadowRunning = candidate;
      shadowThread.execute(() -> shadowAndTell(candidate, rows, epoch, nowMs));
    }
    closeRetired();
  }

  private void shadowAndTell(
      ServingVersion candidate, List<Prediction> rows, long epoch, long nowMs) {
    ShadowLane.Result result = ShadowLane.run(candidate, rows, epoch, nowMs);
    try {
      mailbox.execute(() -> onShadow(candidate, result), "emit shadow scores");
    } catch (RejectedExecutionException e) {
      LOG.debug("a shadow run ended after its task", e);
    }
  }

  private void onShadow(ServingVersion candidate, ShadowLane.Result result) {
    shadowRunning = null;
    for (ShadowScore score : result.scores()) {
      output.collect(Scoring.SHADOW, new StreamRecord<>(score));
    }
    metrics().shadowScored(result.scores().size());
    metrics().shadowFailed(result.failedRows());
    if (result.failedRows() > 0 && candidate == candidate()) {
      if (shadowFailing != candidate) {
        shadowFailing = candidate;
        shadowBroken = false;
        ack(candidate.number(), false, "in the shadow: " + result.failure(), 0);
      }
      shadowBroken |= result.broken();
    }
    closeRetired();
  }

  @Override
  public void endInput(int input) throws Exception {
    if (input == 1) {
      drain();
    }
  }

  @Override
  public void finish() throws Exception {
    super.finish();
    while (shadowRunning != null) {
      mailbox.yield();
    }
  }

  @Override
  public void processWatermark1(Watermark mark) throws Exception {
    processWatermark(mark);
  }

  @Override
  public void processWatermark2(Watermark mark) {}

  @Override
  public void processWatermark1(WatermarkEvent mark) throws Exception {
    processWatermark(mark);
  }

  @Override
  public void processWatermark2(WatermarkEvent mark) {}

  @Override
  protected void processWatermarkStatus(WatermarkStatus status, int index) throws Exception {
    if (index == 0) {
      processWatermarkStatus(status);
    }
  }

  @Override
  public void processLatencyMarker1(LatencyMarker marker) throws Exception {
    processLatencyMarker(marker);
  }

  @Override
  public void processLatencyMarker2(LatencyMarker marker) {}

  @Override
  public void processRecordAttributes1(RecordAttributes attributes) {
    try {
      processRecordAttributes(attributes);
    } catch (Exception e) {
      throw new IllegalStateException("record attributes could not pass", e);
    }
  }

  @Override
  public void processRecordAttributes2(RecordAttributes attributes) {}

  @Override
  void release() throws Exception {
    if (inMemory == null) {
      return;
    }
    closing = true;
    boolean shadowEnded = ended(shadowThread);
    if (ended(loader) && shadowEnded) {
      IOUtils.closeAll(inMemory);
    } else {
      LOG.error("a version still loads or runs in the shadow; its memory is kept");
    }
  }
}
