package io.millrace.inference.onnx;

import java.util.List;

/**
 * Boosted trees whose leaves add up to the log-odds of a class.
 *
 * @param columns the floats of an input row
 * @param baseMargin the log-odds of no tree at all
 * @param trees at least one
 */
public record TreeEnsemble(int columns, float baseMargin, List<Tree> trees) {
  /**
   * One tree in parallel arrays; node 0 is the root. A node with {@code left < 0} is a leaf. Others
   * send a row left if {@code row[feature] < value}, and if {@code row[feature]} is NaN where
   * {@code missingLeft} says.
   *
   * @param value the threshold of a split, or the weight of a leaf
   */
  @SuppressWarnings("ArrayRecordComponent") // Read in place; trees are never compared.
  public record Tree(int[] left, int[] right, int[] feature, float[] value, boolean[] missingLeft) {
    public int nodes() {
      return left.length;
    }

    public boolean isLeaf(int node) {
      return left[node] < 0;
    }
  }

  public TreeEnsemble {
    trees = List.copyOf(trees);
    if (columns < 1 || trees.isEmpty()) {
      throw new IllegalArgumentException(
          columns + " columns and " + trees.size() + " trees; a model needs one of each");
    }
    for (int t = 0; t < trees.size(); t++) {
      requireTree(trees.get(t), t, columns);
    }
  }

  private static void requireTree(Tree tree, int number, int columns) {
    for (int node = 0; node < tree.nodes(); node++) {
      if (tree.isLeaf(node)) {
        continue;
      }
      // Children lie behind their parent, so that no path can run in a circle.
      boolean childrenBehind =
          tree.left[node] > node
              && tree.left[node] < tree.nodes()
              && tree.right[node] > node
              && tree.right[node] < tree.nodes();
      if (!childrenBehind || tree.feature[node] < 0 || tree.feature[node] >= columns) {
        throw new IllegalArgumentException(
            "tree %d node %d: children %d and %d of %d nodes, feature %d of %d"
                .formatted(
                    number,
                    node,
                    tree.left[node],
                    tree.right[node],
                    tree.nodes(),
                    tree.feature[node],
                    columns));
      }
    }
  }
}
