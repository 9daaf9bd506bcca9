package io.millrace.benchmarks.swap;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.model.LoadedModel;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.train.ModelTrainer;
import io.millrace.inference.train.TrainerOptions;
import io.millrace.inference.train.TrainingListener;
import io.millrace.inference.train.TrainingRequest;
import io.millrace.inference.train.XgboostParams;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Three versions of a model that tell themselves apart: on every vector of the pool their scores
 * differ, so that a score proves which version gave it.
 */
final class SwapModels {
  static final String MODEL = "delay";
  static final int VERSIONS = 3;

  /** Vectors are reused in turn. */
  static final int POOL = 1_024;

  /** How far a score may lie from the one that its version gave alone. */
  static final double TOLERANCE = 1e-6;

  /** How far the versions' scores lie apart at least, on every vector of the pool. */
  static final double APART = 1e-3;

  static final int ROUNDS = 60;

  private static final RowSchema SCHEMA =
      new RowSchema(
          "delay_v1",
          List.of(
              Field.nullable("mean_delay", ValueType.FLOAT64),
              Field.nullable("last_delay", ValueType.INT64),
              Field.nullable("carrier", ValueType.STRING),
              Field.nullable("night", ValueType.BOOL),
              Field.nullable("at", ValueType.TIMESTAMP)));

  private final Path root;
  private final List<Values> pool = new ArrayList<>();
  private final float[][] expected = new float[VERSIONS + 1][POOL];

  private SwapModels(Path root) {
    this.root = root;
  }

  /** Trains the versions 1 to {@link #VERSIONS} on other rows each; 1 is the champion. */
  static SwapModels train(Path folder) throws Exception {
    SwapModels models = new SwapModels(folder.resolve("models"));
    ModelRepository repository = new ModelRepository(models.root);
    ModelTrainer trainer =
        new ModelTrainer(
            TrainerOptions.inFolder(folder.resolve("work")), repository, InstantSource.system());
    for (int version = 1; version <= VERSIONS; version++) {
      trainer.train(
          TrainingRequest.of(
                  MODEL, "delay_v1", SCHEMA, rows(8_000, 0, version), rows(1_000, 1L << 36, 7))
              .withParams(XgboostParams.defaults().withRounds(ROUNDS).withSeed(version)),
          TrainingListener.SILENT);
    }
    repository.promote(MODEL, 1);
    models.fillPool(repository);
    return models;
  }

  private void fillPool(ModelRepository repository) throws Exception {
    try (LoadedModel one = repository.load(MODEL, 1);
        LoadedModel two = repository.load(MODEL, 2);
        LoadedModel three = repository.load(MODEL, 3)) {
      for (TrainingRow row : rows(20 * POOL, 0, 9)) {
        float a = one.score(row.vector());
        float b = two.score(row.vector());
        float c = three.score(row.vector());
        double apart = Math.min(Math.abs(a - b), Math.min(Math.abs(b - c), Math.abs(a - c)));
        if (apart > APART) {
          int i = pool.size();
          expected[1][i] = a;
          expected[2][i] = b;
          expected[3][i] = c;
          pool.add(row.vector());
          if (pool.size() == POOL) {
            return;
          }
        }
      }
    }
    throw new IllegalStateException(
        "the versions tell only %d of %d vectors apart; train them on rows that differ more"
            .formatted(pool.size(), POOL));
  }

  Path root() {
    return root;
  }

  Values vector(long index) {
    return pool.get((int) (index % POOL));
  }

  /** The trees of each version, in their order. */
  List<Integer> rounds() {
    ModelRepository repository = new ModelRepository(root);
    return IntStream.rangeClosed(1, VERSIONS)
        .mapToObj(version -> repository.bundle(MODEL, version).lineage().bestRounds())
        .toList();
  }

  /**
   * Rows a second that version 1 encodes and scores in one thread, in full batches, without any
   * stream: no job on so many processors can do more than so many times this.
   */
  double alone(int batchRows) throws Exception {
    try (LoadedModel model = new ModelRepository(root).load(MODEL, 1);
        ScoreBatch batch = model.newBatch(batchRows)) {
      long rows = 0;
      long start = 0;
      // The first half is for the JIT.
      for (long begun = System.nanoTime(); System.nanoTime() - begun < 4_000_000_000L; ) {
        if (start == 0 && System.nanoTime() - begun > 2_000_000_000L) {
          start = System.nanoTime();
          rows = 0;
        }
        for (int i = 0; i < batchRows; i++) {
          model.encoder().encode(vector(rows + i), batch.input(), i);
        }
        batch.run(batchRows);
        if (!isScoreOf(1, rows, batch.score(0))) {
          throw new IllegalStateException("version 1 gives row %d another score".formatted(rows));
        }
        rows += batchRows;
      }
      return rows * 1e9 / (System.nanoTime() - start);
    }
  }

  /** Whether this is what the version gives for the vector of this index. */
  boolean isScoreOf(int version, long index, float score) {
    // Written so that NaN is not near.
    return version >= 1
        && version <= VERSIONS
        && Math.abs(score - expected[version][(int) (index % POOL)]) <= TOLERANCE;
  }

  /** Late if the aircraft was late, a little by carrier, and by chance. */
  private static List<TrainingRow> rows(int count, long fromMs, long seed) {
    Random random = new Random(seed);
    List<TrainingRow> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Double mean = random.nextInt(8) == 0 ? null : random.nextGaussian() * 20;
      Long last = random.nextInt(5) == 0 ? null : (long) (random.nextGaussian() * 30);
      String carrier = random.nextInt(20) == 0 ? null : "C" + random.nextInt(12);
      boolean night = random.nextInt(4) == 0;
      double odds =
          -1
              + (mean == null ? 0 : mean / 10)
              + (last == null ? 0.3 : last / 20.0)
              + ("C3".equals(carrier) ? 1 : 0);
      boolean label = random.nextDouble() < 1 / (1 + Math.exp(-odds));
      long timeMs = fromMs + i * 1_000L;
      rows.add(
          new TrainingRow(
              Values.of(mean, last, carrier, night, Instant.ofEpochMilli(timeMs)), label, timeMs));
    }
    return rows;
  }
}
