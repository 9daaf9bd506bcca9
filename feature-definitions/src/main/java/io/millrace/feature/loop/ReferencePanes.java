package io.millrace.feature.loop;

/**
 * How many panes a version's reference rests on: what a later pane is held against.
 *
 * @param own panes of its own training set that were full enough to be compared; 0 or more
 * @param borrowed panes of the version before that stand in for those it lacks; 0 for a reference
 *     that is long enough, and for a first version, which has nobody to borrow from
 */
public record ReferencePanes(int own, int borrowed) {
  public ReferencePanes {
    if (own < 0 || borrowed < 0) {
      throw new IllegalArgumentException(
          "a reference of %d panes and %d borrowed ones; give 0 or more".formatted(own, borrowed));
    }
  }

  /** Whether the version learnt from so little that its reference had to borrow. */
  public boolean isShort() {
    return borrowed > 0;
  }
}
