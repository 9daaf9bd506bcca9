package io.millrace.feature.chain;

import io.millrace.feature.Join;
import io.millrace.feature.KeyReader;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.window.ViewAggregator;

/**
 * A {@link Join} whose names resolve. Immutable and thread-safe.
 *
 * @param view the view whose values are joined
 * @param keys reads its key from an event
 * @param empty its values for a key that was never seen, or is null
 */
public record JoinedView(Join join, ViewNode view, KeyReader keys, Values empty) {
  static JoinedView of(Join join, ViewNode view, RowSchema source) {
    var columns =
        view.view().entity().keys().stream().map(k -> join.keys().getOrDefault(k, k)).toList();
    for (int i = 0; i < columns.size(); i++) {
      String key = view.view().entity().keys().get(i);
      var given = source.field(source.requireIndexOf(columns.get(i)));
      var wanted = view.events().field(view.events().requireIndexOf(key));
      if (given.type() != wanted.type()) {
        throw new IllegalArgumentException(
            "the join "
                + join.name()
                + " reads the key "
                + key
                + " of "
                + view.view().name()
                + ", which is "
                + wanted.type()
                + ", from "
                + source.name()
                + "."
                + given.name()
                + ", which is "
                + given.type()
                + "; they never meet, use columns of one type");
      }
    }
    return new JoinedView(
        join,
        view,
        KeyReader.of(columns, source),
        view.aggregator().valuesAt(ViewAggregator.EMPTY, 0));
  }

  /** The name of a joined column. */
  public static String columnOf(Join join, String feature) {
    return join.name() + "__" + feature;
  }
}
