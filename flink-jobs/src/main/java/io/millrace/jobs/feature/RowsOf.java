package io.millrace.jobs.feature;

import io.millrace.jobs.DefinitionSet;
import java.util.Collection;
import java.util.TreeSet;
import org.apache.flink.api.common.functions.FilterFunction;

/** The rows of some views, without those of the views on which they build. */
public final class RowsOf implements FilterFunction<RowUpdate> {
  private static final long serialVersionUID = 1;

  private final DefinitionSet definitions;
  private final TreeSet<String> views;
  private transient boolean[] wanted;

  /**
   * @param views their names
   */
  public RowsOf(DefinitionSet definitions, Collection<String> views) {
    this.definitions = definitions;
    this.views = new TreeSet<>(views);
  }

  @Override
  public boolean filter(RowUpdate row) {
    if (wanted == null) {
      var all = definitions.definitions().views();
      boolean[] marks = new boolean[all.size()];
      for (int i = 0; i < marks.length; i++) {
        marks[i] = views.contains(all.get(i).name());
      }
      wanted = marks;
    }
    return wanted[row.view()];
  }
}
