package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The first, last, largest or smallest k values. NaN is no extreme. Written as a number of values
 * (4 bytes), then each with its time (8), order (8) and 64 bits or text.
 */
final class SomeValues implements Fold {
  private record Seen(long timeMs, long order, Object value) {}

  private final Aggregation aggregation;
  private final ValueType type;
  private final int k;
  private final Comparator<Seen> best;
  private final List<Seen> kept = new ArrayList<>();

  SomeValues(CompiledFeature feature) {
    this.aggregation = feature.aggregation();
    this.type = feature.inputType();
    this.k = feature.feature().parameters().k();
    this.best =
        switch (aggregation) {
          case FIRST_K -> byTime();
          case LAST_K -> byTime().reversed();
          case TOP_K -> byValue(type).reversed();
          default -> byValue(type);
        };
  }

  private static Comparator<Seen> byTime() {
    return Comparator.comparingLong(Seen::timeMs).thenComparing(Seen::order, Long::compareUnsigned);
  }

  private static Comparator<Seen> byValue(ValueType type) {
    return switch (type) {
      case FLOAT64 -> Comparator.comparingDouble(seen -> (Double) seen.value());
      case STRING -> (a, b) -> CodePoints.compare((String) a.value(), (String) b.value());
      default -> Comparator.comparingLong(seen -> (Long) seen.value());
    };
  }

  @Override
  public boolean add(long timeMs, long order, Object value, String by) {
    boolean isExtreme = aggregation == Aggregation.TOP_K || aggregation == Aggregation.BOTTOM_K;
    if (isExtreme && value instanceof Double number && number.isNaN()) {
      return false;
    }
    return include(new Seen(timeMs, order, value));
  }

  /** Whether it is one of the best. */
  private boolean include(Seen seen) {
    int at = kept.size();
    while (at > 0 && best.compare(seen, kept.get(at - 1)) < 0) {
      at--;
    }
    if (at < k) {
      kept.add(at, seen);
      if (kept.size() > k) {
        kept.remove(k);
      }
    }
    return at < k;
  }

  @Override
  public void write(FoldWriter out) {
    out.writeInt(kept.size());
    for (Seen seen : kept) {
      out.writeLong(seen.timeMs);
      out.writeLong(seen.order);
      switch (type) {
        case FLOAT64 -> out.writeDouble((Double) seen.value);
        case STRING -> out.writeText((String) seen.value);
        default -> out.writeLong((Long) seen.value);
      }
    }
  }

  @Override
  public void merge(FoldReader in) {
    int size = in.readInt();
    for (int i = 0; i < size; i++) {
      long timeMs = in.readLong();
      long order = in.readLong();
      Object value =
          switch (type) {
            case FLOAT64 -> (Object) in.readDouble();
            case STRING -> in.readText();
            default -> in.readLong();
          };
      include(new Seen(timeMs, order, value));
    }
  }

  @Override
  public void set(Output output, Values row) {
    if (kept.isEmpty()) {
      output.setNull(row);
      return;
    }
    List<Object> values = new ArrayList<>();
    for (Seen seen : kept) {
      values.add(aggregation == Aggregation.LAST_K ? 0 : values.size(), seen.value);
    }
    row.setList(output.feature(), values);
  }
}
