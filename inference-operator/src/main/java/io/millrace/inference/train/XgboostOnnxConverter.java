package io.millrace.inference.train;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.onnx.TreeEnsemble;
import io.millrace.inference.onnx.TreeEnsemble.Tree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the trees of an XGBoost model from its JSON, so that ONNX can be written from them.
 *
 * <p>What XGBoost leaves implicit: a row goes left if its float is below the float32 threshold; NaN
 * goes where {@code default_left} says; {@code base_score} is a number or, from 3.1 on, a list in a
 * text, and is a probability that still has to become log-odds; trees behind {@code best_iteration}
 * do not count. Splits on sets of categories, DART weights and more than one output are refused.
 */
final class XgboostOnnxConverter {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private XgboostOnnxConverter() {}

  /**
   * @throws IllegalArgumentException naming what has no counterpart in ONNX
   */
  static TreeEnsemble trees(byte[] modelJson) {
    JsonNode learner;
    try {
      learner = JSON.readTree(modelJson).path("learner");
    } catch (IOException e) {
      throw new IllegalArgumentException("no XGBoost model: " + e.getMessage(), e);
    }
    String objective = learner.at("/objective/name").asText();
    require(
        objective.equals("binary:logistic") || objective.equals("reg:logistic"),
        "objective '" + objective + "'; only logistic ones become a probability");
    JsonNode booster = learner.path("gradient_booster");
    require(
        booster.path("name").asText().equals("gbtree"),
        "booster '" + booster.path("name").asText() + "'; only gbtree is read");
    JsonNode params = learner.path("learner_model_param");
    require(params.path("num_class").asInt() <= 1, "more than two classes");
    require(params.path("num_target").asInt(1) <= 1, "more than one target");

    JsonNode model = booster.path("model");
    int perRound = model.at("/gbtree_model_param/num_parallel_tree").asInt(1);
    int kept = model.path("trees").size();
    JsonNode best = learner.at("/attributes/best_iteration");
    if (!best.isMissingNode()) {
      kept = Math.min(kept, (best.asInt() + 1) * Math.max(1, perRound));
    }
    List<Tree> trees = new ArrayList<>();
    for (int i = 0; i < kept; i++) {
      trees.add(tree(model.path("trees").get(i), i));
    }
    return new TreeEnsemble(
        params.path("num_feature").asInt(), margin(params.path("base_score").asText()), trees);
  }

  private static Tree tree(JsonNode json, int number) {
    require(
        json.at("/tree_param/size_leaf_vector").asInt(1) <= 1,
        "tree " + number + " with more than one number in a leaf");
    for (JsonNode type : json.path("split_type")) {
      require(
          type.asInt() == 0,
          "tree " + number + " with a split on categories; train with enable_categorical=0");
    }
    int[] left = ints(json.path("left_children"));
    int[] right = ints(json.path("right_children"));
    JsonNode thresholds = json.path("split_conditions");
    JsonNode defaults = json.path("default_left");
    require(
        left.length > 0
            && right.length == left.length
            && thresholds.size() == left.length
            && defaults.size() == left.length,
        "tree " + number + " with lists of different length");
    float[] values = new float[left.length];
    boolean[] missingLeft = new boolean[left.length];
    for (int node = 0; node < left.length; node++) {
      // From the decimal to the nearest float in one step, as XGBoost wrote it.
      values[node] = thresholds.get(node).floatValue();
      missingLeft[node] =
          defaults.get(node).isBoolean()
              ? defaults.get(node).booleanValue()
              : defaults.get(node).intValue() != 0;
    }
    return new Tree(left, right, ints(json.path("split_indices")), values, missingLeft);
  }

  private static int[] ints(JsonNode list) {
    int[] ints = new int[list.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = list.get(i).intValue();
    }
    return ints;
  }

  /** Log-odds of a probability, in the float arithmetic that XGBoost uses. */
  private static float margin(String baseScore) {
    String number = baseScore.replace("[", "").replace("]", "").strip();
    require(!number.contains(","), "more than one base score: " + baseScore);
    float probability = Float.parseFloat(number);
    require(probability > 0 && probability < 1, "base score " + baseScore);
    return (float) -Math.log(1.0f / probability - 1.0f);
  }

  private static void require(boolean readable, String otherwise) {
    if (!readable) {
      throw new IllegalArgumentException("the XGBoost model has " + otherwise);
    }
  }
}
