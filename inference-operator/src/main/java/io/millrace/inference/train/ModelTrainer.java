package io.millrace.inference.train;

import io.millrace.feature.Values;
import io.millrace.inference.Evaluation;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.drift.ProfileBuilder;
import io.millrace.inference.drift.ReferenceProfile;
import io.millrace.inference.model.GoldenRows;
import io.millrace.inference.model.Lineage;
import io.millrace.inference.model.ModelBundle;
import io.millrace.inference.model.ModelMetrics;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.onnx.Predictor;
import io.millrace.inference.onnx.TreeEnsemble;
import io.millrace.inference.onnx.TreeEnsembleOnnx;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * From rows to a saved model: fits the encoder, trains in a child process, converts to ONNX, proves
 * that ONNX Runtime and XGBoost give the same scores, measures, saves.
 *
 * <pre>{@code
 * ModelTrainer trainer = new ModelTrainer(TrainerOptions.inFolder(work), repository, clock);
 * ModelBundle bundle = trainer.train(request, TrainingListener.SILENT);
 * }</pre>
 *
 * <p>Memory does not grow with the training set, but for what the child holds: about 12 bytes a
 * value. Thread-safe. An interrupt stops the training.
 */
public final class ModelTrainer {
  /** How far ONNX Runtime's probability may lie from XGBoost's. */
  public static final double PARITY_TOLERANCE = 1e-6;

  private static final String TRAINER = "xgboost4j 3.0.4";
  private static final int PARITY_ROWS = 10_000;
  private static final int SAMPLED_ROWS = 1_000;
  private static final int BATCH = 256;
  private static final int ROWS_BETWEEN_LOOKS = 10_000;

  private final TrainerOptions options;
  private final ModelRepository repository;
  private final InstantSource clock;
  private final Class<?> program;

  public ModelTrainer(TrainerOptions options, ModelRepository repository, InstantSource clock) {
    this(options, repository, clock, XgboostProcess.class);
  }

  /** With another program in place of XGBoost's, as one that fails. */
  ModelTrainer(
      TrainerOptions options, ModelRepository repository, InstantSource clock, Class<?> program) {
    this.options = options;
    this.repository = repository;
    this.clock = clock;
    this.program = program;
  }

  /** What one pass over the training rows finds out. */
  private record Survey(
      FeatureEncoder encoder,
      List<Values> sample,
      long rows,
      long positives,
      long fromMs,
      long toMs) {
    double positiveRate() {
      return (double) positives / rows;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Trained(
      XgboostTrainer.Result result, TreeEnsemble trees, byte[] onnx, long millis) {}

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Parity(long rows, double max, float[] goldenScores) {}

  /**
   * Trains and saves a model; blocks until it is saved.
   *
   * @throws TrainingException if the rows cannot be learnt from, if the trainer fails, hangs or
   *     writes more than its disk quota, or if the converted model does not give the trainer's
   *     scores; nothing is left in the work folder or in the repository then
   */
  public ModelBundle train(TrainingRequest request, TrainingListener listener)
      throws TrainingException, InterruptedException, IOException {
    Files.createDirectories(options.workFolder());
    Path work = Files.createTempDirectory(options.workFolder(), "train-");
    try {
      listener.step("fitting");
      Survey survey = survey(request);
      Trained trained = grow(work, "training", request, survey, survey.encoder(), listener);

      listener.step("parity");
      List<Values> golden =
          Probes.vectors(
              request.vector(), survey.sample(), GoldenRows.FEWEST, request.params().seed());
      Parity parity = prove(work.resolve("training"), trained, survey.encoder(), golden, request);

      listener.step("evaluation");
      Evaluation evaluation = evaluate(trained.onnx(), survey.encoder(), request.evaluation());
      Optional<Evaluation> statics = Optional.empty();
      if (!request.staticColumns().isEmpty()) {
        FeatureEncoder encoder = survey.encoder().only(request.staticColumns());
        Trained baseline = grow(work, "static baseline", request, survey, encoder, listener);
        statics = Optional.of(evaluate(baseline.onnx(), encoder, request.evaluation()));
      }

      listener.step("saving");
      ModelMetrics metrics =
          new ModelMetrics(
              evaluation,
              evaluation.ofConstant(survey.positiveRate()),
              statics,
              parity.rows(),
              parity.max());
      ModelBundle draft =
          new ModelBundle(
              request.model(),
              1,
              clock.instant(),
              "",
              survey.encoder(),
              lineage(request, survey, trained),
              metrics);
      return repository.save(
          draft,
          trained.onnx(),
          new GoldenRows(golden, parity.goldenScores()),
          profile(request, survey.encoder(), trained).toJson());
    } finally {
      delete(work);
    }
  }

  /** The reference of what the model learnt from, and of how it does on the rows it did not. */
  private ReferenceProfile profile(TrainingRequest request, FeatureEncoder encoder, Trained trained)
      throws TrainingException, IOException {
    try (Predictor predictor = Predictor.load(trained.onnx());
        ScoreBatch batch = predictor.newBatch(1)) {
      ProfileBuilder builder =
          ReferenceProfile.builder(request.vector(), request.pane())
              .importance(
                  GainImportance.of(
                      trained.result().modelJson(),
                      trained.result().bestRounds(),
                      encoder.columnNames()));
      if (request.predecessor() > 0) {
        repository
            .profile(request.model(), request.predecessor())
            .map(ReferenceProfile::fromJson)
            .ifPresent(builder::borrowingFrom);
      }
      return builder.build(
          request.training(),
          request.evaluation(),
          vector -> {
            encoder.encode(vector, batch.input(), 0);
            try {
              batch.run(1);
            } catch (ScoringException e) {
              throw new IllegalStateException(e);
            }
            return batch.score(0);
          });
    } catch (IllegalStateException e) {
      throw new TrainingException("no reference profile: " + e.getMessage(), e);
    }
  }

  private static Survey survey(TrainingRequest request) throws TrainingException {
    FeatureEncoder.Fitting fitting =
        FeatureEncoder.fitting(request.vector(), request.maxVocabulary());
    List<Values> sample = new ArrayList<>();
    Random random = new Random(request.params().seed());
    long rows = 0;
    long positives = 0;
    long fromMs = Long.MAX_VALUE;
    long toMs = Long.MIN_VALUE;
    for (TrainingRow row : request.training()) {
      requireSize(row, rows, request);
      fitting.add(row.vector());
      // A reservoir: every row is in the sample with the same chance.
      if (sample.size() < SAMPLED_ROWS) {
        sample.add(row.vector());
      } else {
        long slot = random.nextLong(rows + 1);
        if (slot < SAMPLED_ROWS) {
          sample.set((int) slot, row.vector());
        }
      }
      rows++;
      positives += row.label() ? 1 : 0;
      fromMs = Math.min(fromMs, row.timeMs());
      toMs = Math.max(toMs, row.timeMs());
    }
    if (positives == 0 || positives == rows) {
      throw new TrainingException(
          "of %d training rows %d are true; a model needs rows of both labels"
              .formatted(rows, positives));
    }
    return new Survey(fitting.encoder(), sample, rows, positives, fromMs, toMs);
  }

  private static void requireSize(TrainingRow row, long number, TrainingRequest request)
      throws TrainingException {
    if (row.vector().size() != request.vector().size()) {
      throw new TrainingException(
          "training row %d has %d values, but %s has %d"
              .formatted(
                  number, row.vector().size(), request.vector().name(), request.vector().size()));
    }
  }

  private Trained grow(
      Path work,
      String step,
      TrainingRequest request,
      Survey survey,
      FeatureEncoder encoder,
      TrainingListener listener)
      throws TrainingException, InterruptedException, IOException {
    listener.step(step);
    Path folder = Files.createDirectory(work.resolve(step.replace(' ', '-')));
    Path matrix = folder.resolve(XgboostTrainer.ROWS);
    DiskQuota quota = new DiskQuota(work, options.maxWorkBytes());
    quota.requireRoomFor(survey.rows(), FloatMatrix.bytes(survey.rows(), encoder.width()));
    FloatBuffer floats = FloatBuffer.allocate(encoder.width());
    try (FloatMatrix.Writer writer = new FloatMatrix.Writer(matrix, encoder.width())) {
      for (TrainingRow row : request.training()) {
        encoder.encode(row.vector(), floats, 0);
        writer.add(row.timeMs(), row.label(), floats, 0);
        if (writer.rows() % ROWS_BETWEEN_LOOKS == 0) {
          // The rows are read again, and may have become more.
          quota.requireKept();
          if (Thread.interrupted()) {
            throw new InterruptedException("interrupted while the training rows were written");
          }
        }
      }
    }
    quota.requireKept();
    long startNanos = System.nanoTime();
    XgboostTrainer.Result result = trainer(work).train(folder, request.params(), listener);
    long millis = (System.nanoTime() - startNanos) / 1_000_000;
    Files.delete(matrix);
    TreeEnsemble trees = XgboostOnnxConverter.trees(result.modelJson());
    return new Trained(result, trees, TreeEnsembleOnnx.write(trees), millis);
  }

  private XgboostTrainer trainer(Path work) {
    return new XgboostTrainer(
        options.classPath(),
        options.heapMegabytes(),
        options.timeout(),
        new DiskQuota(work, options.maxWorkBytes()),
        program);
  }

  /** Scores golden rows and probes with XGBoost and with ONNX Runtime. */
  private Parity prove(
      Path folder,
      Trained trained,
      FeatureEncoder encoder,
      List<Values> golden,
      TrainingRequest request)
      throws TrainingException, InterruptedException, IOException {
    List<float[]> rows = new ArrayList<>();
    for (Values vector : golden) {
      float[] floats = new float[encoder.width()];
      encoder.encode(vector, FloatBuffer.wrap(floats), 0);
      rows.add(floats);
    }
    rows.addAll(Probes.floats(trained.trees(), rows, PARITY_ROWS, request.params().seed()));
    try (FloatMatrix.Writer writer =
        new FloatMatrix.Writer(folder.resolve(XgboostTrainer.ROWS), encoder.width())) {
      for (float[] row : rows) {
        writer.add(0, false, FloatBuffer.wrap(row), 0);
      }
    }
    FloatBuffer expected = trainer(folder).predict(folder);
    if (expected.remaining() != rows.size()) {
      throw new TrainingException(
          "the trainer scored %d of %d rows".formatted(expected.remaining(), rows.size()));
    }
    double max = 0;
    try (Predictor predictor = Predictor.load(trained.onnx());
        ScoreBatch batch = predictor.newBatch(BATCH)) {
      for (int start = 0; start < rows.size(); start += BATCH) {
        int count = Math.min(BATCH, rows.size() - start);
        for (int i = 0; i < count; i++) {
          batch.input().put(i * encoder.width(), rows.get(start + i));
        }
        batch.run(count);
        for (int i = 0; i < count; i++) {
          double difference = Math.abs(batch.score(i) - expected.get(start + i));
          // Math.max keeps NaN, which the comparison below refuses.
          max = Math.max(max, difference);
        }
      }
    } catch (ScoringException e) {
      throw new TrainingException("the converted model fails: " + e.getMessage(), e);
    }
    if (!(max <= PARITY_TOLERANCE)) {
      throw new TrainingException(
          "ONNX Runtime's scores lie up to %s from XGBoost's, more than %s: the conversion is wrong"
              .formatted(max, PARITY_TOLERANCE));
    }
    float[] goldenScores = new float[golden.size()];
    expected.get(0, goldenScores);
    return new Parity(rows.size(), max, goldenScores);
  }

  private static Evaluation evaluate(
      byte[] onnx, FeatureEncoder encoder, Iterable<TrainingRow> rows) throws TrainingException {
    Evaluation.Collector collector = new Evaluation.Collector();
    boolean[] labels = new boolean[BATCH];
    int count = 0;
    try (Predictor predictor = Predictor.load(onnx);
        ScoreBatch batch = predictor.newBatch(BATCH)) {
      for (TrainingRow row : rows) {
        encoder.encode(row.vector(), batch.input(), count);
        labels[count++] = row.label();
        if (count == BATCH) {
          collect(batch, labels, count, collector);
          count = 0;
        }
      }
      collect(batch, labels, count, collector);
    } catch (ScoringException e) {
      throw new TrainingException("the converted model fails: " + e.getMessage(), e);
    }
    return collector.evaluation();
  }

  private static void collect(
      ScoreBatch batch, boolean[] labels, int count, Evaluation.Collector collector)
      throws ScoringException {
    if (count == 0) {
      return;
    }
    batch.run(count);
    for (int i = 0; i < count; i++) {
      collector.add(batch.score(i), labels[i]);
    }
  }

  private static Lineage lineage(TrainingRequest request, Survey survey, Trained trained) {
    XgboostParams params = request.params();
    Map<String, String> all = params.xgboost();
    all.put("rounds", Integer.toString(params.rounds()));
    all.put("early_stopping_rounds", Integer.toString(params.patience()));
    all.put("held_out", Double.toString(params.heldOut()));
    all.put("max_vocabulary", Integer.toString(request.maxVocabulary()));
    return new Lineage(
        request.service(),
        request.definitionsHash(),
        TRAINER,
        params.seed(),
        all,
        survey.rows(),
        survey.positives(),
        survey.fromMs(),
        survey.toMs(),
        trained.result().cutMs(),
        trained.result().rounds(),
        trained.result().bestRounds(),
        trained.millis(),
        request.requestId(),
        request.snapshot());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
