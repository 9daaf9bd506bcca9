package io.millrace.inference.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How much the splits on each feature lowered the loss, as XGBoost's own JSON tells. */
final class GainImportance {
  private GainImportance() {}

  /**
   * The total gain by feature, of the trees that the model keeps; features without a split are left
   * out.
   *
   * @param columns the model's inputs, in order
   */
  static Map<String, Double> of(byte[] modelJson, int keptTrees, List<String> columns)
      throws IOException {
    JsonNode trees =
        new ObjectMapper().readTree(modelJson).at("/learner/gradient_booster/model/trees");
    Map<String, Double> gains = new HashMap<>();
    for (int number = 0; number < Math.min(keptTrees, trees.size()); number++) {
      JsonNode tree = trees.get(number);
      JsonNode left = tree.get("left_children");
      for (int node = 0; node < left.size(); node++) {
        if (left.get(node).asInt() >= 0) {
          String column = columns.get(tree.get("split_indices").get(node).asInt());
          gains.merge(column, tree.get("loss_changes").get(node).asDouble(), Double::sum);
        }
      }
    }
    return gains;
  }
}
