package io.millrace.offline;

import io.millrace.feature.EventSource;
import io.millrace.feature.Expectation;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import java.util.List;

/**
 * The expectations of a source that tag. They are functions of the event alone, so they are
 * evaluated when its row is written and no stream carries the outcome. Immutable and thread-safe.
 */
final class Tags {
  /** The column, as a schema to append. */
  static final RowSchema COLUMN =
      new RowSchema("tags", List.of(Field.nullable("failed_expectations", ValueType.STRING)));

  private record Tag(String name, Expression check) {}

  private final List<Tag> tags;

  private Tags(List<Tag> tags) {
    this.tags = tags;
  }

  static Tags of(EventSource source) {
    return new Tags(
        source.expectations().stream()
            .filter(expectation -> expectation.onFail() == Expectation.OnFail.TAG)
            .map(e -> new Tag(e.name(), Expressions.compile(e.check(), source.schema())))
            .toList());
  }

  boolean isEmpty() {
    return tags.isEmpty();
  }

  /** The names of those that the event fails, with commas between them, or null if none. */
  String failedBy(Values event) {
    StringBuilder failed = null;
    for (Tag tag : tags) {
      if (!tag.check().isNull(event) && !tag.check().booleanAt(event)) {
        failed = failed == null ? new StringBuilder() : failed.append(',');
        failed.append(tag.name());
      }
    }
    return failed == null ? null : failed.toString();
  }
}
