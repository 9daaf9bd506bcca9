package io.millrace.offline.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.expression.Expressions;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.OfflineException;
import io.millrace.offline.duckdb.SpineFile;
import io.millrace.offline.parquet.OutputColumn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the rows of a spine become requests of a service and rows of a training set. All names and
 * types are settled here, none per row. Immutable and thread-safe.
 *
 * <p>A column of the spine that the request has too, by name, is the request's; the request's time
 * is the spine's. A request column that nothing needs may be missing. All columns of the spine are
 * carried over, but for those of which a feature is a copy: they are there as the feature.
 */
public final class SpinePlan {
  /** A type and a spine column of a request column; -1 where the spine has none. */
  private record Source(ValueType type, int column, OutputColumn.Kind kind) {}

  private static final long DAY_MS = 86_400_000;

  private final VectorPlan plan;
  private final String timeColumn;
  private final List<OutputColumn> columns;
  private final int timeIndex;
  private final Source[] request;
  private final int[] carried;
  private final List<OutputColumn> output;

  private SpinePlan(
      VectorPlan plan,
      String timeColumn,
      List<OutputColumn> columns,
      Source[] request,
      int[] carried) {
    this.plan = plan;
    this.timeColumn = timeColumn;
    this.columns = List.copyOf(columns);
    this.timeIndex = plan.request().timeIndex();
    this.request = request;
    this.carried = carried;
    List<OutputColumn> all = new ArrayList<>();
    for (int column : carried) {
      all.add(columns.get(column));
    }
    for (Field feature : plan.vectorSchema().fields()) {
      all.add(OutputColumn.of(feature.name(), feature.type()));
    }
    this.output = List.copyOf(all);
  }

  /**
   * Binds a service to the columns of a spine.
   *
   * @param timeColumn the spine's column of the times of its rows; empty means that of the request
   * @param types the columns of the spine, as {@link SpineFile#columns} tells them
   * @param place the spine, for messages
   * @throws OfflineException naming the column and the fix, if they do not fit
   */
  public static SpinePlan of(
      Definitions definitions,
      String service,
      Optional<String> timeColumn,
      Map<String, String> types,
      String place) {
    VectorPlan plan = VectorPlan.of(definitions.service(service), definitions);
    EventSource source = plan.request();
    String time = timeColumn.orElse(source.time().field());
    requireTime(time, types, place, timeColumn.isPresent());

    // What the spine has.
    List<OutputColumn> columns = new ArrayList<>();
    Map<String, Integer> indexes = new LinkedHashMap<>();
    for (Map.Entry<String, String> column : types.entrySet()) {
      OutputColumn.Kind kind = SpineFile.kindOf(column.getValue());
      if (kind == null) {
        throw new OfflineException(
            "the column "
                + column.getKey()
                + " of "
                + place
                + " is "
                + column.getValue()
                + ", which a training set does not carry; cast it, such as to DOUBLE or VARCHAR, or"
                + " leave it out");
      }
      indexes.put(column.getKey(), columns.size());
      columns.add(new OutputColumn(column.getKey(), kind));
    }

    // What the request needs of it.
    Map<String, String> needed = needed(plan, definitions);
    Source[] request = new Source[source.schema().size()];
    for (int i = 0; i < request.length; i++) {
      Field field = source.schema().field(i);
      Integer index = indexes.get(field.name());
      String reader = needed.get(field.name());
      boolean isTime = field.name().equals(source.time().field());
      if (index == null && reader != null && !isTime) {
        throw new OfflineException(
            place
                + " has no column "
                + field.name()
                + ", which "
                + reader
                + " of "
                + service
                + " reads; it has "
                + types.keySet()
                + "; add the column, "
                + field.type());
      }
      boolean fits = index != null && fits(columns.get(index).kind(), field.type());
      if (index != null && reader != null && !isTime && !fits) {
        throw new OfflineException(
            "the column "
                + field.name()
                + " of "
                + place
                + " is "
                + types.get(field.name())
                + ", but "
                + reader
                + " of "
                + service
                + " reads it as "
                + field.type()
                + ", as "
                + source.name()
                + " has it; cast it in the spine");
      }
      request[i] =
          fits && !isTime
              ? new Source(field.type(), index, columns.get(index).kind())
              : new Source(field.type(), -1, null);
    }
    return new SpinePlan(
        plan, time, columns, request, carried(plan, columns, request, place, time));
  }

  private static void requireTime(
      String column, Map<String, String> types, String place, boolean named) {
    String type = types.get(column);
    if (type == null) {
      throw new OfflineException(
          place
              + " has no column "
              + column
              + " for the times of its rows; "
              + (named ? "" : "name it with --time; ")
              + "it has "
              + types.keySet());
    }
    OutputColumn.Kind kind = SpineFile.kindOf(type);
    if (kind == OutputColumn.Kind.STRING) {
      throw new OfflineException(
          "the column "
              + column
              + " of "
              + place
              + " holds texts, not times; write times as 2008-03-09 12:00:00 or"
              + " 2008-03-09T12:00:00Z in CSV, and as timestamps in Parquet, such as by CAST("
              + column
              + " AS TIMESTAMP)");
    }
    if (kind != OutputColumn.Kind.MICROS && kind != OutputColumn.Kind.DATE) {
      throw new OfflineException(
          "the column "
              + column
              + " of "
              + place
              + " is "
              + type
              + ", which does not tell its unit; write timestamps, such as by make_timestamp("
              + column
              + " * 1000) of milliseconds");
    }
  }

  private static boolean fits(OutputColumn.Kind kind, ValueType type) {
    return switch (type) {
      case FLOAT64 -> kind == OutputColumn.Kind.FLOAT64 || kind == OutputColumn.Kind.INT64;
      case TIMESTAMP -> kind == OutputColumn.Kind.MICROS || kind == OutputColumn.Kind.DATE;
      default -> kind == OutputColumn.of("", type).kind();
    };
  }

  /** Request column to what reads it, of those that something reads. */
  private static Map<String, String> needed(VectorPlan plan, Definitions definitions) {
    Map<String, String> needed = new LinkedHashMap<>();
    FeatureService service = plan.service();
    RowSchema request = plan.request().schema();
    for (int i = 0; i < service.features().size(); i++) {
      ServiceFeature feature = service.features().get(i);
      if (feature instanceof ServiceFeature.OfView ofView) {
        FeatureView view = definitions.view(ofView.view());
        for (String key : view.entity().keys()) {
          needed.putIfAbsent(
              ofView.keys().getOrDefault(key, key), "a key of the view " + view.name());
        }
      } else if (feature instanceof ServiceFeature.Computed computed) {
        List<Field> before = plan.vectorSchema().fields().subList(0, i);
        for (Field column : request.fields()) {
          if (!needed.containsKey(column.name())
              && reads(computed.expression(), column.name(), request, before)) {
            needed.put(column.name(), "the feature " + computed.name());
          }
        }
      }
    }
    return needed;
  }

  /** An expression reads a column if it does not compile without it. */
  private static boolean reads(
      String expression, String column, RowSchema request, List<Field> before) {
    if (!expression.contains(column)) {
      return false;
    }
    List<Field> without = new ArrayList<>();
    request.fields().stream().filter(f -> !f.name().equals(column)).forEach(without::add);
    before.stream().filter(f -> request.indexOf(f.name()).isEmpty()).forEach(without::add);
    try {
      Expressions.compile(expression, new RowSchema(request.name(), without));
      return false;
    } catch (ExpressionException e) {
      return true;
    }
  }

  private static int[] carried(
      VectorPlan plan, List<OutputColumn> columns, Source[] request, String place, String time) {
    List<Integer> carried = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i).name();
      Optional<ServiceFeature> same =
          plan.service().features().stream().filter(f -> f.name().equals(name)).findFirst();
      if (same.isEmpty()) {
        carried.add(i);
        continue;
      }
      int of = plan.request().schema().indexOf(name).orElse(-1);
      boolean isCopy =
          same.get() instanceof ServiceFeature.Computed computed
              && computed.expression().strip().equals(name)
              && of >= 0
              && (request[of].column() == i || name.equals(time));
      if (!isCopy) {
        throw new OfflineException(
            "the column "
                + name
                + " of "
                + place
                + " has the name of a feature of "
                + plan.service().name()
                + "; rename the column");
      }
    }
    return carried.stream().mapToInt(Integer::intValue).toArray();
  }

  /** How vectors are made. */
  public VectorPlan vectors() {
    return plan;
  }

  /** The spine's column of the times of its rows. */
  public String timeColumn() {
    return timeColumn;
  }

  /** The columns of the spine that are read, in its order. */
  public List<OutputColumn> columns() {
    return columns;
  }

  /** The columns of the training set: those carried over, then the features. */
  public List<OutputColumn> output() {
    return output;
  }

  /**
   * The request that a row is.
   *
   * @param row of a sorted spine: number, time, then {@link #columns}
   */
  public Values request(Values row, long atMs) {
    Values values = new Values(request.length);
    for (int i = 0; i < request.length; i++) {
      Source from = request[i];
      int column = from.column() + 2;
      if (i == timeIndex) {
        values.setLong(i, atMs);
      } else if (from.column() >= 0 && !row.isNull(column)) {
        if (from.type() == ValueType.TIMESTAMP) {
          long instant = row.longAt(column);
          values.setLong(
              i,
              from.kind() == OutputColumn.Kind.DATE
                  ? instant * DAY_MS
                  : Math.floorDiv(instant, 1000L));
        } else if (from.type() == ValueType.FLOAT64 && from.kind() == OutputColumn.Kind.INT64) {
          values.setDouble(i, row.longAt(column));
        } else {
          values.copyFrom(i, row, column);
        }
      }
    }
    return values;
  }

  /** The columns of a row that are carried over. */
  public Values carried(Values row) {
    Values values = new Values(carried.length);
    for (int i = 0; i < carried.length; i++) {
      values.copyFrom(i, row, carried[i] + 2);
    }
    return values;
  }
}
