package io.millrace.feature.expression;

import dev.cel.runtime.CelVariableResolver;
import io.millrace.feature.Row;
import java.util.Optional;

/**
 * The closures of one evaluation, as variables of the CEL runtime. Each is evaluated when it is
 * first asked for, and then kept. Not thread-safe.
 */
final class PieceValues implements CelVariableResolver {
  private final Closure[] pieces;
  private final Row row;
  private final Object[] values;
  private final boolean[] known;

  PieceValues(Closure[] pieces, Row row) {
    this.pieces = pieces;
    this.row = row;
    this.values = new Object[pieces.length];
    this.known = new boolean[pieces.length];
  }

  /** Empty for null, which is unknown to the runtime. */
  @Override
  public Optional<Object> find(String name) {
    if (!name.startsWith("@p")) {
      return Optional.empty();
    }
    int index = Integer.parseInt(name, 2, name.length(), 10);
    if (!known[index]) {
      values[index] = value(pieces[index], row);
      known[index] = true;
    }
    return Optional.ofNullable(values[index]);
  }

  static Object value(Closure closure, Row row) {
    Cell cell = new Cell();
    if (!closure.evaluate(row, cell)) {
      return null;
    }
    return switch (closure.kind()) {
      case OBJECT -> throw new IllegalStateException("the CEL runtime is given no list or map");
      case INTEGER -> (Object) cell.number;
      case REAL -> cell.real;
      case BOOL -> cell.number != 0;
      case TEXT -> cell.text.length() > Limits.RUNTIME_CHARS ? null : cell.text;
    };
  }
}
