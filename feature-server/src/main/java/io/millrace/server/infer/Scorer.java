package io.millrace.server.infer;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.ScoringException;
import io.millrace.online.ValueStatus;
import io.millrace.schema.FeatureContract;
import io.millrace.server.infer.Datatype.Kind;
import io.millrace.server.serve.Refusal;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Answers inference requests. What a request's inputs are is told by their names:
 *
 * <pre>
 * features                     one matrix [rows, columns], as the model itself reads it
 * the model's features         one input a feature; the model scores what was given
 * columns of the request       keys above all; the features are read, computed and scored
 * </pre>
 *
 * <p>Outputs: {@code score} FP32 [rows, 1], and if they are asked for {@code features}, the matrix
 * that was scored, and {@code feature_statuses} BYTES [rows, features]. A score is, to the bit, the
 * one that the stream gives the same vector: encoder and model are the same code. Thread-safe;
 * {@link #infer} may block for the store and the model.
 */
public final class Scorer {
  /** The name of the matrix, in and out. */
  static final String MATRIX = "features";

  static final String SCORE = "score";
  static final String STATUSES = "feature_statuses";
  private static final Set<String> OUTPUTS = Set.of(SCORE, MATRIX, STATUSES);

  private final ScoringModels models;
  private final Vectors vectors;
  private final InferMetrics metrics;

  public Scorer(ScoringModels models, Vectors vectors, InferMetrics metrics) {
    this.models = models;
    this.vectors = vectors;
    this.metrics = metrics;
  }

  ScoringModels models() {
    return models;
  }

  /** Rows that are ready for the model, and where they come from. */
  private record Prepared(int rows, ServedModel.RowWriter writer, List<ValueStatus[]> statuses) {}

  /**
   * Scores a request.
   *
   * @throws Refusal if it cannot be answered
   */
  InferResponse infer(InferRequest request) {
    long startedNanos = System.nanoTime();
    try (ServedModel model = model(request.model(), request.version())) {
      String version = Integer.toString(model.version());
      try {
        requireOutputs(request);
        Prepared rows = prepare(request, model);
        long readNanos = System.nanoTime();
        InferResponse response = scored(request, model, rows);
        metrics.succeeded(
            model.name(),
            version,
            rows.rows(),
            readNanos - startedNanos,
            System.nanoTime() - readNanos);
        return response;
      } catch (Refusal e) {
        metrics.failed(model.name(), version);
        throw e;
      }
    }
  }

  /** The model that a request means; the caller closes it. */
  ServedModel model(String name, String version) {
    if (version.isEmpty()) {
      return models.champion(name);
    }
    if (!version.matches("[1-9][0-9]{0,8}")) {
      throw new Refusal(
          Refusal.Kind.UNKNOWN,
          "model %s has no version '%s'; versions are whole numbers from 1, such as those of %s"
              .formatted(Shown.of(name), Shown.of(version), models.versions(name)));
    }
    return models.version(name, Integer.parseInt(version));
  }

  private static void requireOutputs(InferRequest request) {
    for (String output : request.outputs()) {
      if (!OUTPUTS.contains(output)) {
        throw Refusal.invalid(
            "there is no output '%s'; there are %s"
                .formatted(Shown.of(output), new TreeSet<>(OUTPUTS)));
      }
    }
  }

  private Prepared prepare(InferRequest request, ServedModel model) {
    List<Tensor> inputs = request.inputs();
    if (inputs.isEmpty()) {
      throw Refusal.invalid("the request has no inputs; " + whatIsDue(model));
    }
    requireOnce(inputs);
    RowSchema vector = model.encoder().vector();
    if (inputs.size() == 1
        && inputs.get(0).name().equals(MATRIX)
        && vector.indexOf(MATRIX).isEmpty()) {
      return matrix(inputs.get(0), model);
    }
    Set<String> names =
        inputs.stream().map(Tensor::name).collect(Collectors.toCollection(TreeSet::new));
    if (names.stream().allMatch(name -> vector.indexOf(name).isPresent())
        && names.containsAll(model.encoder().columnNames())) {
      return given(Columns.rows(vector, inputs), model, List.of());
    }
    return byKey(inputs, names, model);
  }

  private static void requireOnce(List<Tensor> inputs) {
    Set<String> names = new TreeSet<>();
    for (Tensor input : inputs) {
      if (!names.add(input.name())) {
        throw Refusal.invalid(
            "input %s is there twice; give it once".formatted(Shown.of(input.name())));
      }
    }
  }

  private static Prepared matrix(Tensor input, ServedModel model) {
    int columns = model.encoder().width();
    long[] shape = input.shape();
    if (shape.length != 2 || shape[1] != columns || input.datatype().kind() != Kind.DECIMAL) {
      throw Refusal.invalid(
          "input %s is %s %s; model %s reads FP32 [rows, %d]: %s"
              .formatted(
                  MATRIX,
                  input.datatype(),
                  Shown.of(Arrays.toString(shape)),
                  model.name(),
                  columns,
                  Shown.of(model.encoder().columnNames())));
    }
    int rows = Columns.requireRows((int) Math.min(shape[0], Integer.MAX_VALUE));
    return new Prepared(
        rows,
        (batch, row, position) -> {
          FloatBuffer target = batch.input();
          for (int i = 0; i < columns; i++) {
            int at = row * columns + i;
            target.put(
                position * columns + i, input.isNull(at) ? Float.NaN : (float) input.doubleAt(at));
          }
        },
        List.of());
  }

  private static Prepared given(
      List<Values> rows, ServedModel model, List<ValueStatus[]> statuses) {
    FeatureEncoder encoder = model.encoder();
    return new Prepared(
        rows.size(),
        (batch, row, position) -> encoder.encode(rows.get(row), batch.input(), position),
        statuses);
  }

  private Prepared byKey(List<Tensor> inputs, Set<String> names, ServedModel model) {
    String service = model.bundle().lineage().service();
    RowSchema columns;
    List<String> keys;
    try {
      columns = vectors.requestColumns(service);
      keys = vectors.keyColumns(service);
    } catch (Refusal e) {
      throw new Refusal(e.kind(), e.getMessage() + "; " + whatIsDue(model));
    }
    for (String name : names) {
      if (columns.indexOf(name).isEmpty()) {
        throw Refusal.invalid(
            "input '%s' is no feature that model %s reads and no column of %s; %s"
                .formatted(Shown.of(name), model.name(), columns.name(), whatIsDue(model)));
      }
    }
    for (String key : keys) {
      if (!names.contains(key)) {
        throw Refusal.invalid(
            "the key %s is missing; service %s is asked with %s".formatted(key, service, keys));
      }
    }
    Vectors.Read read = vectors.read(service, names, Columns.rows(columns, inputs));
    try {
      model.bundle().contract().requireSame(FeatureContract.of(read.schema()));
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          Refusal.Kind.UNAVAILABLE,
          "model %s version %d cannot score the vectors of service %s, train it again: %s"
              .formatted(model.name(), model.version(), service, e.getMessage()));
    }
    return given(read.rows(), model, read.statuses());
  }

  private String whatIsDue(ServedModel model) {
    String service = model.bundle().lineage().service();
    List<String> keys;
    try {
      keys = vectors.keyColumns(service);
    } catch (Refusal e) {
      keys = List.of();
    }
    List<String> features = model.encoder().columnNames();
    return (keys.isEmpty() ? "" : "give the keys " + keys + ", or ")
        + "give one input for each of its "
        + features.size()
        + " features: "
        + (features.size() <= 20 ? features : features.subList(0, 20) + " and so on");
  }

  private InferResponse scored(InferRequest request, ServedModel model, Prepared prepared) {
    int rows = prepared.rows();
    int width = model.encoder().width();
    List<String> outputs = request.outputs().isEmpty() ? List.of(SCORE) : request.outputs();
    if (outputs.contains(MATRIX) && (long) rows * width > InferRequest.MOST_ELEMENTS) {
      throw Refusal.invalid(
          "%d rows of %d features are too many to hand back; leave the output %s out"
              .formatted(rows, width, MATRIX));
    }
    float[] matrix = outputs.contains(MATRIX) ? new float[rows * width] : null;
    float[] scores;
    try {
      scores =
          model.score(
              rows,
              (batch, row, position) -> {
                prepared.writer().write(batch, row, position);
                if (matrix != null) {
                  batch.input().get(position * width, matrix, row * width, width);
                }
              });
    } catch (ScoringException e) {
      throw Refusal.invalid(
          "model %s version %d fails on these rows: %s"
              .formatted(model.name(), model.version(), Shown.of(e.getMessage())));
    }
    List<Tensor> tensors = new ArrayList<>();
    for (String output : outputs) {
      tensors.add(
          switch (output) {
            case SCORE -> floats(SCORE, scores, rows, 1);
            case MATRIX -> floats(MATRIX, matrix, rows, width);
            default -> statuses(prepared, model.encoder().vector());
          });
    }
    return new InferResponse(
        model.name(), model.version(), request.id(), parameters(model, prepared), tensors);
  }

  private static Tensor floats(String name, float[] values, int rows, int columns) {
    Tensor tensor = new Tensor(name, Datatype.FP32, new long[] {rows, columns}, rows * columns);
    for (int i = 0; i < values.length; i++) {
      tensor.setDouble(i, values[i]);
    }
    return tensor;
  }

  private static Tensor statuses(Prepared prepared, RowSchema vector) {
    if (prepared.statuses().isEmpty()) {
      throw Refusal.invalid(
          "there is no output "
              + STATUSES
              + ": the features were given, not read; ask by key, or leave it out");
    }
    int width = vector.size();
    Tensor tensor =
        new Tensor(
            STATUSES, Datatype.BYTES, new long[] {prepared.rows(), width}, prepared.rows() * width);
    for (int row = 0; row < prepared.rows(); row++) {
      ValueStatus[] statuses = prepared.statuses().get(row);
      for (int i = 0; i < width; i++) {
        tensor.setText(row * width + i, statuses[i].name());
      }
    }
    return tensor;
  }

  private static Map<String, Object> parameters(ServedModel model, Prepared prepared) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("model_version", Integer.toString(model.version()));
    if (!prepared.statuses().isEmpty()) {
      long[] counts = new long[ValueStatus.values().length];
      for (ValueStatus[] row : prepared.statuses()) {
        for (ValueStatus status : row) {
          counts[status.ordinal()]++;
        }
      }
      for (ValueStatus status : ValueStatus.values()) {
        parameters.put(
            "features_" + status.name().toLowerCase(Locale.ROOT), counts[status.ordinal()]);
      }
    }
    return parameters;
  }

  /** One line of a model's metadata. */
  record Described(String name, Datatype datatype, long[] shape) {}

  /** The inputs of a model when its features are given. */
  static List<Described> inputs(ServedModel model) {
    RowSchema vector = model.encoder().vector();
    List<Described> inputs = new ArrayList<>();
    for (String column : model.encoder().columnNames()) {
      Field field = vector.field(vector.requireIndexOf(column));
      inputs.add(new Described(column, Columns.datatypeOf(field.type()), new long[] {-1}));
    }
    return inputs;
  }

  /** The outputs of a model; all but the first only when they are asked for. */
  static List<Described> outputs(ServedModel model) {
    return List.of(
        new Described(SCORE, Datatype.FP32, new long[] {-1, 1}),
        new Described(MATRIX, Datatype.FP32, new long[] {-1, model.encoder().width()}),
        new Described(STATUSES, Datatype.BYTES, new long[] {-1, model.encoder().vector().size()}));
  }

  /** Words about a model that are no tensors: its service, and the keys that are enough. */
  Map<String, String> properties(ServedModel model) {
    String service = model.bundle().lineage().service();
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("service", service);
    properties.put("contract", model.bundle().contract().hash());
    try {
      properties.put("keys", String.join(",", vectors.keyColumns(service)));
    } catch (Refusal e) {
      properties.put("keys", "");
    }
    return properties;
  }
}
