package io.millrace.feature.vector;

import io.millrace.feature.Field;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import java.util.ArrayList;
import java.util.List;

/**
 * What the computed features of a service may read: the request's columns and, after them, the
 * features listed before. A feature that has the name of a column is not among them: the column is
 * meant. Immutable and thread-safe.
 */
public final class ComputedInputs {
  private final RowSchema request;
  // For each readable feature, in their order, its position in the vector.
  private final int[] positions;

  ComputedInputs(RowSchema request, List<Field> features) {
    this.request = request;
    this.positions =
        java.util.stream.IntStream.range(0, features.size())
            .filter(i -> isReadable(request, features.get(i)))
            .toArray();
  }

  /**
   * The columns that an expression may name.
   *
   * @param before the features listed before it
   * @throws IllegalArgumentException if two of these share a name
   */
  public static RowSchema columns(RowSchema request, List<Field> before) {
    List<Field> fields = new ArrayList<>(request.fields());
    before.stream().filter(field -> isReadable(request, field)).forEach(fields::add);
    return new RowSchema(request.name(), fields);
  }

  private static boolean isReadable(RowSchema request, Field feature) {
    return request.indexOf(feature.name()).isEmpty();
  }

  /** The request and a vector, maybe one that is filled only so far, as one row. */
  Row row(Row requestRow, Values vector) {
    return new Both(requestRow, vector);
  }

  private final class Both implements Row {
    private final Row requestRow;
    private final Values vector;

    private Both(Row requestRow, Values vector) {
      this.requestRow = requestRow;
      this.vector = vector;
    }

    private Row rowOf(int index) {
      return index < request.size() ? requestRow : vector;
    }

    private int indexOf(int index) {
      return index < request.size() ? index : positions[index - request.size()];
    }

    @Override
    public boolean isNull(int index) {
      return rowOf(index).isNull(indexOf(index));
    }

    @Override
    public long longAt(int index) {
      return rowOf(index).longAt(indexOf(index));
    }

    @Override
    public double doubleAt(int index) {
      return rowOf(index).doubleAt(indexOf(index));
    }

    @Override
    public boolean booleanAt(int index) {
      return rowOf(index).booleanAt(indexOf(index));
    }

    @Override
    public String textAt(int index) {
      return rowOf(index).textAt(indexOf(index));
    }

    @Override
    public Object objectAt(int index) {
      return rowOf(index).objectAt(indexOf(index));
    }
  }
}
