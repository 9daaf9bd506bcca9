package io.millrace.offline.duckdb;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Prints the rows of an answer. */
abstract class RowPrinter {
  final Appendable out;

  private RowPrinter(Appendable out) {
    this.out = out;
  }

  static RowPrinter of(OutputFormat format, Appendable out) {
    return switch (format) {
      case TABLE -> new Table(out);
      case CSV -> new Csv(out);
      case JSON -> new Json(out);
    };
  }

  /** Prints all rows and returns how many there were. */
  long print(ResultRows rows) throws SQLException, IOException {
    begin(rows.columns());
    long count = 0;
    while (rows.next()) {
      row(rows.values());
      count++;
    }
    end();
    return count;
  }

  abstract void begin(List<String> columns) throws IOException;

  abstract void row(List<Object> values) throws IOException;

  void end() throws IOException {}

  /** Holds the rows, since the widest value of a column is known last. */
  private static final class Table extends RowPrinter {
    private final List<List<String>> lines = new ArrayList<>();
    private final List<Boolean> numbers = new ArrayList<>();

    Table(Appendable out) {
      super(out);
    }

    @Override
    void begin(List<String> columns) {
      lines.add(columns);
      columns.forEach(column -> numbers.add(true));
    }

    @Override
    void row(List<Object> values) {
      List<String> line = new ArrayList<>();
      for (int i = 0; i < values.size(); i++) {
        Object value = values.get(i);
        line.add(value == null ? "" : value.toString().replaceAll("\\p{Cntrl}", " "));
        if (value != null && !(value instanceof Number)) {
          numbers.set(i, false);
        }
      }
      lines.add(line);
    }

    @Override
    void end() throws IOException {
      int[] widths = new int[numbers.size()];
      for (List<String> line : lines) {
        for (int i = 0; i < widths.length; i++) {
          widths[i] = Math.max(widths[i], line.get(i).length());
        }
      }
      for (int l = 0; l < lines.size(); l++) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
          String value = lines.get(l).get(i);
          String padding = " ".repeat(widths[i] - value.length());
          text.append(i == 0 ? "" : "  ");
          text.append(numbers.get(i) ? padding + value : value + padding);
        }
        out.append(text.toString().stripTrailing()).append('\n');
        if (l == 0) {
          for (int i = 0; i < widths.length; i++) {
            out.append(i == 0 ? "" : "  ").append("-".repeat(widths[i]));
          }
          out.append('\n');
        }
      }
    }
  }

  private static final class Csv extends RowPrinter {
    Csv(Appendable out) {
      super(out);
    }

    @Override
    void begin(List<String> columns) throws IOException {
      row(new ArrayList<>(columns));
    }

    @Override
    void row(List<Object> values) throws IOException {
      for (int i = 0; i < values.size(); i++) {
        out.append(i == 0 ? "" : ",");
        if (values.get(i) != null) {
          out.append(quoted(values.get(i).toString()));
        }
      }
      out.append("\r\n");
    }

    private static String quoted(String text) {
      boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> "\",\r\n".indexOf(c) >= 0);
      return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
  }

  private static final class Json extends RowPrinter {
    private List<String> columns = List.of();

    Json(Appendable out) {
      super(out);
    }

    @Override
    void begin(List<String> names) {
      columns = names;
    }

    @Override
    void row(List<Object> values) throws IOException {
      out.append('{');
      for (int i = 0; i < values.size(); i++) {
        out.append(i == 0 ? "" : ", ").append(quoted(columns.get(i))).append(": ");
        out.append(json(values.get(i)));
      }
      out.append("}\n");
    }

    private static String json(Object value) {
      if (value instanceof List<?> list) {
        return list.stream().map(Json::json).collect(Collectors.joining(", ", "[", "]"));
      }
      if (value instanceof Map<?, ?> map) {
        return map.entrySet().stream()
            .map(entry -> quoted(entry.getKey().toString()) + ": " + json(entry.getValue()))
            .collect(Collectors.joining(", ", "{", "}"));
      }
      boolean finite = !(value instanceof Double d) || Double.isFinite(d);
      return value == null || value instanceof Boolean || (value instanceof Number && finite)
          ? String.valueOf(value)
          : quoted(value.toString());
    }

    private static String quoted(String text) {
      StringBuilder quoted = new StringBuilder("\"");
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '"' || c == '\\') {
          quoted.append('\\').append(c);
        } else if (c < 0x20) {
          quoted.append(String.format("\\u%04x", (int) c));
        } else {
          quoted.append(c);
        }
      }
      return quoted.append('"').toString();
    }
  }
}
