package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Field;
import io.millrace.feature.History;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.expression.Expressions;
import io.millrace.offline.OfflineException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a row of one file becomes an event of a source: which columns are read, which rows pass, and
 * where each value comes from. All types are checked here, none per row.
 */
final class EventMapping {
  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private final EventSource source;
  private final String place;
  private final RowSchema read;
  private final Optional<Expression> where;
  // For each event column: the file's column that is copied, or -1 and the expression.
  private final int[] copied;
  private final Expression[] computed;
  private final int timeIndex;

  private EventMapping(
      EventSource source,
      String place,
      RowSchema read,
      Optional<Expression> where,
      int[] copied,
      Expression[] computed) {
    this.source = source;
    this.place = place;
    this.read = read;
    this.where = where;
    this.copied = copied;
    this.computed = computed;
    this.timeIndex = source.timeIndex();
  }

  /**
   * Compiles a source's history against a file.
   *
   * @param file the columns of the file
   * @param unreadable its other columns, with their type
   * @param place the file, for messages
   * @throws OfflineException naming the column and the fix, if the file cannot make the events
   */
  static EventMapping of(
      EventSource source,
      History history,
      RowSchema file,
      Map<String, String> unreadable,
      String place) {
    RowSchema events = source.schema();
    for (String column : history.columns().keySet()) {
      if (events.indexOf(column).isEmpty()) {
        throw new OfflineException(
            "history.columns of "
                + source.name()
                + " names "
                + column
                + ", which is no column of the source; it has "
                + names(events));
      }
    }
    RowSchema read = columnsRead(source, history, file);
    Optional<Expression> where =
        history.where().map(text -> compile(source, "where", text, file, read, place));
    where.ifPresent(
        filter -> {
          if (filter.type() != ValueType.BOOL) {
            throw new OfflineException(
                "history.where of "
                    + source.name()
                    + " must be BOOL, but '"
                    + filter.text()
                    + "' is "
                    + filter.type());
          }
        });
    int[] copied = new int[events.size()];
    Expression[] computed = new Expression[events.size()];
    for (int i = 0; i < events.size(); i++) {
      Field column = events.field(i);
      String text = history.columns().get(column.name());
      ValueType found;
      if (text != null) {
        copied[i] = -1;
        computed[i] = compile(source, "columns." + column.name(), text, file, read, place);
        found = computed[i].type();
      } else {
        copied[i] = requireColumn(source, file, unreadable, read, column.name(), place);
        found = read.field(copied[i]).type();
      }
      requireType(source, column, found, text, place);
    }
    return new EventMapping(source, place, read, where, copied, computed);
  }

  /** The names of the file's columns that are read, in the order that {@link #event} expects. */
  List<String> columns() {
    return names(read);
  }

  /** Whether the row is an event of the source. */
  boolean admits(Values row) {
    return where.isEmpty() || where.get().admits(row);
  }

  /**
   * The event that a row is.
   *
   * @throws OfflineException if a column that may not be null is
   */
  Event event(Values row, Position position) {
    Values values = new Values(copied.length);
    for (int i = 0; i < copied.length; i++) {
      if (copied[i] >= 0) {
        copy(row, copied[i], values, i);
      } else {
        compute(row, computed[i], values, i);
      }
      if (values.isNull(i) && (i == timeIndex || !source.schema().field(i).nullable())) {
        throw nullValue(i, position);
      }
    }
    return new Event(source.name(), values.longAt(timeIndex), position, values);
  }

  private void copy(Values row, int from, Values values, int to) {
    boolean widened = widens(read.field(from).type(), source.schema().field(to).type());
    if (widened && !row.isNull(from)) {
      if (read.field(from).type() == ValueType.INT64) {
        values.setDouble(to, row.longAt(from));
      } else {
        values.setList(to, widened(row.objectAt(from)));
      }
    } else {
      values.copyFrom(to, row, from);
    }
  }

  private void compute(Values row, Expression expression, Values values, int to) {
    if (expression.isNull(row)) {
      return;
    }
    switch (source.schema().field(to).type()) {
      case INT64, TIMESTAMP -> values.setLong(to, expression.longAt(row));
      case FLOAT64 -> values.setDouble(to, expression.doubleAt(row));
      case BOOL -> values.setBoolean(to, expression.booleanAt(row));
      case STRING -> values.setText(to, expression.textAt(row));
      case INT64_LIST, STRING_LIST, FLOAT64_MAP -> values.setBoxed(to, expression.objectAt(row));
      case FLOAT64_LIST -> values.setList(to, widened(expression.objectAt(row)));
    }
  }

  private static List<Double> widened(Object numbers) {
    return ((List<?>) numbers).stream().map(number -> ((Number) number).doubleValue()).toList();
  }

  private OfflineException nullValue(int column, Position position) {
    return new OfflineException(
        "row "
            + position.offset()
            + " of "
            + place
            + " has no "
            + source.schema().field(column).name()
            + ", which every event of "
            + source.name()
            + " must have; leave such rows out with history.where, or make the column nullable");
  }

  /**
   * Only what is named is read. Words inside a text literal count too: reading a column in vain
   * costs a little, missing one would be wrong.
   */
  private static RowSchema columnsRead(EventSource source, History history, RowSchema file) {
    Set<String> words = new HashSet<>();
    List<String> texts = new ArrayList<>(history.columns().values());
    history.where().ifPresent(texts::add);
    for (String text : texts) {
      Matcher matcher = WORD.matcher(text);
      while (matcher.find()) {
        words.add(matcher.group());
      }
    }
    for (Field column : source.schema().fields()) {
      if (!history.columns().containsKey(column.name())) {
        words.add(column.name());
      }
    }
    return new RowSchema(
        file.name(), file.fields().stream().filter(f -> words.contains(f.name())).toList());
  }

  private static Expression compile(
      EventSource source, String key, String text, RowSchema file, RowSchema read, String place) {
    try {
      Expressions.compile(text, file); // so that a message lists all columns of the file
      return Expressions.compile(text, read);
    } catch (ExpressionException e) {
      throw new OfflineException(
          "history."
              + key
              + " of "
              + source.name()
              + " cannot be read over the columns of "
              + place
              + ": "
              + e.getMessage()
              + " (in '"
              + text
              + "', at character "
              + (e.offset() + 1)
              + ")",
          e);
    }
  }

  private static int requireColumn(
      EventSource source,
      RowSchema file,
      Map<String, String> unreadable,
      RowSchema read,
      String column,
      String place) {
    if (unreadable.containsKey(column)) {
      throw new OfflineException(
          "the column "
              + column
              + " of "
              + place
              + " is "
              + unreadable.get(column)
              + ", which is not read; "
              + fix(source, column));
    }
    return read.indexOf(column)
        .orElseThrow(
            () ->
                new OfflineException(
                    place
                        + " has no column "
                        + column
                        + "; it has "
                        + names(file)
                        + "; "
                        + fix(source, column)));
  }

  /**
   * Integers widen to doubles, in lists too, and an expression's integers are milliseconds where
   * time is due.
   */
  private static void requireType(
      EventSource source, Field column, ValueType found, String text, String place) {
    boolean widens = widens(found, column.type());
    boolean integers = text != null && isInteger(column.type()) && isInteger(found);
    if (found != column.type() && !widens && !integers) {
      throw new OfflineException(
          source.name()
              + "."
              + column.name()
              + " is "
              + column.type()
              + ", but "
              + (text == null
                  ? "the column of " + place + " is "
                  : "history.columns." + column.name() + " '" + text + "' is ")
              + found
              + "; "
              + fix(source, column.name())
              + (column.type() == ValueType.TIMESTAMP ? " in milliseconds since 1970" : ""));
    }
  }

  private static boolean widens(ValueType from, ValueType to) {
    return (from == ValueType.INT64 && to == ValueType.FLOAT64)
        || (from == ValueType.INT64_LIST && to == ValueType.FLOAT64_LIST);
  }

  private static boolean isInteger(ValueType type) {
    return type == ValueType.INT64 || type == ValueType.TIMESTAMP;
  }

  private static String fix(EventSource source, String column) {
    return "give " + source.name() + " an expression for it under history.columns." + column;
  }

  private static List<String> names(RowSchema schema) {
    return schema.fields().stream().map(Field::name).toList();
  }
}
