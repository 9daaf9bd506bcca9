package io.millrace.inference;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Turns a vector into the float32 row that a model reads.
 *
 * <p>INT64, FLOAT64 and TIMESTAMP become the nearest float (a timestamp of today is thus exact to
 * about two minutes), BOOL 0 or 1, STRING its index in a vocabulary that was fitted on the training
 * set, null and unknown texts NaN. Values beyond the range of floats, infinities among them, become
 * the largest float of their sign, since trainers refuse infinities.
 *
 * <pre>{@code
 * FeatureEncoder.Fitting fitting = FeatureEncoder.fitting(schema, 1_000);
 * rows.forEach(row -> fitting.add(row.vector()));
 * FeatureEncoder encoder = fitting.encoder();
 * encoder.encode(vector, batch.input(), 0);
 * }</pre>
 *
 * <p>Immutable and thread-safe. Encoding allocates nothing.
 */
public final class FeatureEncoder {
  /**
   * How one column of the vector is encoded.
   *
   * @param name the column's name in the vector
   * @param vocabulary for a STRING column its known texts, the one with index 0 first; else empty
   */
  public record Column(String name, List<String> vocabulary) {
    public Column {
      Objects.requireNonNull(name, "name");
      vocabulary = List.copyOf(vocabulary);
    }
  }

  // Boxed once: unboxing costs nothing, boxing per row would.
  private static final Float MISSING = Float.NaN;

  private final RowSchema vector;
  private final List<Column> columns;
  // Decided once here, not once per row.
  private final int[] indexes;
  private final ValueType[] types;
  private final List<Map<String, Float>> vocabularies = new ArrayList<>();

  private FeatureEncoder(RowSchema vector, List<Column> columns) {
    this.vector = Objects.requireNonNull(vector, "vector");
    this.columns = List.copyOf(columns);
    this.indexes = new int[columns.size()];
    this.types = new ValueType[columns.size()];
    for (int i = 0; i < indexes.length; i++) {
      Column column = columns.get(i);
      indexes[i] = vector.requireIndexOf(column.name());
      types[i] = vector.field(indexes[i]).type();
      if (!types[i].isScalar()) {
        throw new IllegalArgumentException(noInput(List.of(vector.field(indexes[i]))));
      }
      if (types[i] != ValueType.STRING && !column.vocabulary().isEmpty()) {
        throw new IllegalArgumentException(
            "column " + column.name() + " has a vocabulary but is " + types[i] + ", not STRING");
      }
      Map<String, Float> vocabulary = new HashMap<>();
      for (String text : column.vocabulary()) {
        if (vocabulary.put(text, (float) vocabulary.size()) != null) {
          throw new IllegalArgumentException(
              "the vocabulary of column " + column.name() + " holds " + text + " twice");
        }
      }
      vocabularies.add(vocabulary);
    }
  }

  /**
   * An encoder as it was saved.
   *
   * @param vector the names and types of the vectors it will read
   * @param columns the model's inputs, in their order; each names a column of the vector
   * @throws IllegalArgumentException if a column is not in the vector, is a list or a map, or if a
   *     vocabulary is illegal
   */
  public static FeatureEncoder of(RowSchema vector, List<Column> columns) {
    return new FeatureEncoder(vector, columns);
  }

  /**
   * Begins to learn an encoder of all columns of the vector.
   *
   * @param maxVocabulary the most texts a column's vocabulary keeps, the most frequent ones
   * @throws IllegalArgumentException as {@link #requireScalars} does
   */
  public static Fitting fitting(RowSchema vector, int maxVocabulary) {
    return new Fitting(vector, maxVocabulary);
  }

  /**
   * Checks that a model can read all of a vector.
   *
   * @throws IllegalArgumentException naming the service and every feature that is a list or a map
   */
  public static void requireScalars(RowSchema vector) {
    List<Field> others =
        vector.fields().stream().filter(field -> !field.type().isScalar()).toList();
    if (!others.isEmpty()) {
      throw new IllegalArgumentException("service " + vector.name() + ": " + noInput(others));
    }
  }

  private static String noInput(List<Field> lists) {
    String named =
        lists.stream()
            .map(field -> field.name() + " is " + field.type())
            .collect(Collectors.joining(", "));
    return "a model reads numbers, texts, truths and instants, but "
        + named
        + "; give the model a service without "
        + (lists.size() == 1 ? "it" : "them")
        + ", with features of one value in their place, such as avg, max, quantile or last";
  }

  /** This encoder with some of its columns, in their order; it reads the same vectors. */
  public FeatureEncoder only(Set<String> names) {
    for (String name : names) {
      if (columns.stream().noneMatch(column -> column.name().equals(name))) {
        throw new IllegalArgumentException(
            "no column " + name + " is encoded; there are " + columnNames());
      }
    }
    return new FeatureEncoder(
        vector, columns.stream().filter(column -> names.contains(column.name())).toList());
  }

  /** The names and types of the vectors it reads. */
  public RowSchema vector() {
    return vector;
  }

  public List<Column> columns() {
    return columns;
  }

  public List<String> columnNames() {
    return columns.stream().map(Column::name).toList();
  }

  /** The floats of one row. */
  public int width() {
    return indexes.length;
  }

  /**
   * Writes the floats of a vector at {@code [row * width, (row + 1) * width)}, by absolute
   * position.
   *
   * @throws IllegalArgumentException if the vector's size is not that of {@link #vector()}
   */
  public void encode(Values values, FloatBuffer target, int row) {
    requireSize(values);
    int at = row * indexes.length;
    for (int i = 0; i < indexes.length; i++) {
      target.put(at + i, encoded(i, values));
    }
  }

  private void requireSize(Values values) {
    if (values.size() != vector.size()) {
      throw new IllegalArgumentException(
          "a vector has "
              + values.size()
              + " values, but the model was trained on "
              + vector.name()
              + " with "
              + vector.size());
    }
  }

  private float encoded(int column, Values values) {
    int index = indexes[column];
    if (values.isNull(index)) {
      return Float.NaN;
    }
    return switch (types[column]) {
      case INT64, TIMESTAMP -> (float) values.longAt(index);
      case FLOAT64 -> withinFloats(values.doubleAt(index));
      case BOOL -> values.booleanAt(index) ? 1f : 0f;
      case STRING -> vocabularies.get(column).getOrDefault(values.textAt(index), MISSING);
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
          throw new IllegalStateException(types[column] + " was refused when the encoder was made");
    };
  }

  private static float withinFloats(double value) {
    float near = (float) value;
    return Float.isInfinite(near) ? Math.copySign(Float.MAX_VALUE, near) : near;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof FeatureEncoder other
        && vector.equals(other.vector)
        && columns.equals(other.columns);
  }

  @Override
  public int hashCode() {
    return 31 * vector.hashCode() + columns.hashCode();
  }

  @Override
  public String toString() {
    return "FeatureEncoder" + columnNames();
  }

  /** Learns vocabularies from a training set. Not thread-safe. */
  public static final class Fitting {
    // Bounds memory on a column of ids; texts first seen after that many others stay unknown.
    private static final int MOST_TEXTS_COUNTED = 1 << 18;

    private final RowSchema vector;
    private final int maxVocabulary;
    private final List<Map<String, long[]>> counts = new ArrayList<>();

    private Fitting(RowSchema vector, int maxVocabulary) {
      if (maxVocabulary < 1 || maxVocabulary > MOST_TEXTS_COUNTED) {
        throw new IllegalArgumentException(
            "a vocabulary of at most " + maxVocabulary + " texts; give 1 to " + MOST_TEXTS_COUNTED);
      }
      requireScalars(vector);
      this.vector = vector;
      this.maxVocabulary = maxVocabulary;
      for (Field field : vector.fields()) {
        counts.add(field.type() == ValueType.STRING ? new HashMap<>() : null);
      }
    }

    /** Counts the texts of one vector of the training set. */
    public void add(Values values) {
      for (int i = 0; i < counts.size(); i++) {
        Map<String, long[]> texts = counts.get(i);
        if (texts == null || values.isNull(i)) {
          continue;
        }
        long[] count = texts.get(values.textAt(i));
        if (count != null) {
          count[0]++;
        } else if (texts.size() < MOST_TEXTS_COUNTED) {
          texts.put(values.textAt(i), new long[] {1});
        }
      }
    }

    /** The encoder: the most frequent text has index 0, texts of equal count are in their order. */
    public FeatureEncoder encoder() {
      List<Column> columns = new ArrayList<>();
      for (int i = 0; i < vector.size(); i++) {
        columns.add(new Column(vector.field(i).name(), vocabulary(counts.get(i))));
      }
      return new FeatureEncoder(vector, columns);
    }

    private List<String> vocabulary(Map<String, long[]> texts) {
      if (texts == null) {
        return List.of();
      }
      return texts.entrySet().stream()
          .sorted(
              Map.Entry.<String, long[]>comparingByValue((a, b) -> Long.compare(b[0], a[0]))
                  .thenComparing(Map.Entry.comparingByKey()))
          .limit(maxVocabulary)
          .map(Map.Entry::getKey)
          .toList();
    }
  }
}
