package io.millrace.inference;

import io.millrace.inference.onnx.TreeEnsemble;
import io.millrace.inference.onnx.TreeEnsemble.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random trees, and the plainest way to score with them. */
public final class TestTrees {
  private TestTrees() {}

  public static TreeEnsemble random(int columns, int trees, int depth, long seed) {
    Random random = new Random(seed);
    List<Tree> all = new ArrayList<>();
    for (int t = 0; t < trees; t++) {
      all.add(tree(columns, depth, random));
    }
    return new TreeEnsemble(columns, 0.25f, all);
  }

  /** A full tree in the order of levels. */
  private static Tree tree(int columns, int depth, Random random) {
    int nodes = (1 << (depth + 1)) - 1;
    int inner = (1 << depth) - 1;
    int[] left = new int[nodes];
    int[] right = new int[nodes];
    int[] feature = new int[nodes];
    float[] value = new float[nodes];
    boolean[] missingLeft = new boolean[nodes];
    for (int node = 0; node < nodes; node++) {
      boolean leaf = node >= inner;
      left[node] = leaf ? -1 : 2 * node + 1;
      right[node] = leaf ? -1 : 2 * node + 2;
      feature[node] = leaf ? 0 : random.nextInt(columns);
      value[node] = (float) random.nextGaussian() * (leaf ? 0.1f : 1);
      missingLeft[node] = random.nextBoolean();
    }
    return new Tree(left, right, feature, value, missingLeft);
  }

  public static float score(TreeEnsemble ensemble, float[] row) {
    float margin = ensemble.baseMargin();
    for (Tree tree : ensemble.trees()) {
      int node = 0;
      while (!tree.isLeaf(node)) {
        float value = row[tree.feature()[node]];
        boolean goesLeft =
            Float.isNaN(value) ? tree.missingLeft()[node] : value < tree.value()[node];
        node = goesLeft ? tree.left()[node] : tree.right()[node];
      }
      margin += tree.value()[node];
    }
    return (float) (1 / (1 + Math.exp(-margin)));
  }
}
