package io.millrace.inference.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.onnx.TreeEnsemble;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class XgboostOnnxConverterTest {
  private static final String TREE =
      """
      {"tree_param": {"size_leaf_vector": "1"}, "left_children": [1, -1, -1],
       "right_children": [2, -1, -1], "split_indices": [1, 0, 0],
       "split_conditions": [1.1754945E-1, -2E-1, 3E-1], "default_left": [1, 0, 0],
       "split_type": [0, 0, 0]}""";

  private static String model(String trees) {
    return """
        {"learner": {"attributes": {}, "gradient_booster": {"name": "gbtree", "model":
          {"gbtree_model_param": {"num_parallel_tree": "1"}, "trees": [%s]}},
         "learner_model_param": {"base_score": "2.5E-1", "num_class": "0", "num_feature": "2",
          "num_target": "1"}, "objective": {"name": "binary:logistic"}}}"""
        .formatted(trees);
  }

  private static TreeEnsemble trees(String json) {
    return XgboostOnnxConverter.trees(json.getBytes(StandardCharsets.UTF_8));
  }

  private static float logOdds(double probability) {
    return (float) Math.log(probability / (1 - probability));
  }

  @Test
  void shouldReadATree() {
    TreeEnsemble ensemble = trees(model(TREE));

    assertThat(ensemble.columns()).isEqualTo(2);
    TreeEnsemble.Tree tree = ensemble.trees().get(0);
    assertThat(tree.left()).containsExactly(1, -1, -1);
    assertThat(tree.right()).containsExactly(2, -1, -1);
    assertThat(tree.feature()[0]).isEqualTo(1);
    assertThat(tree.value()).containsExactly(1.1754945E-1f, -0.2f, 0.3f);
    assertThat(tree.missingLeft()[0]).isTrue();
  }

  @Test
  void shouldTurnTheBaseScoreIntoLogOdds() {
    assertThat(trees(model(TREE)).baseMargin()).isEqualTo(logOdds(0.25));
  }

  @Test
  void shouldReadABaseScoreInAList() {
    assertThat(trees(model(TREE).replace("2.5E-1", "[2.5E-1]")).baseMargin())
        .isEqualTo(logOdds(0.25));
  }

  @Test
  void shouldReadDefaultsGivenAsBooleans() {
    TreeEnsemble ensemble =
        trees(model(TREE.replace("_left\": [1, 0, 0]", "_left\": [true, false, false]")));

    assertThat(ensemble.trees().get(0).missingLeft()).containsExactly(true, false, false);
  }

  @Test
  void shouldLeaveOutTreesBehindTheBestRound() {
    String json =
        model(TREE + "," + TREE + "," + TREE)
            .replace("\"attributes\": {}", "\"attributes\": {\"best_iteration\": \"1\"}");

    assertThat(trees(json).trees()).hasSize(2);
  }

  @Test
  void shouldKeepAllParallelTreesOfTheBestRound() {
    String json =
        model(TREE + "," + TREE + "," + TREE + "," + TREE)
            .replace("\"attributes\": {}", "\"attributes\": {\"best_iteration\": \"0\"}")
            .replace("\"num_parallel_tree\": \"1\"", "\"num_parallel_tree\": \"2\"");

    assertThat(trees(json).trees()).hasSize(2);
  }

  @Test
  void shouldRefuseSplitsOnCategories() {
    assertThatThrownBy(() -> trees(model(TREE.replace("\"split_type\": [0", "\"split_type\": [1"))))
        .hasMessage(
            "the XGBoost model has tree 0 with a split on categories; train with enable_categorical=0");
  }

  @Test
  void shouldRefuseDart() {
    assertThatThrownBy(() -> trees(model(TREE).replace("gbtree\", \"model", "dart\", \"model")))
        .hasMessage("the XGBoost model has booster 'dart'; only gbtree is read");
  }

  @Test
  void shouldRefuseOtherObjectives() {
    assertThatThrownBy(() -> trees(model(TREE).replace("binary:logistic", "count:poisson")))
        .hasMessage(
            "the XGBoost model has objective 'count:poisson'; only logistic ones become a probability");
  }

  @Test
  void shouldRefuseMoreThanOneTarget() {
    assertThatThrownBy(
            () -> trees(model(TREE).replace("\"num_target\": \"1\"", "\"num_target\": \"3\"")))
        .hasMessage("the XGBoost model has more than one target");
    assertThatThrownBy(() -> trees(model(TREE).replace("2.5E-1", "[2E-1,3E-1]")))
        .hasMessage("the XGBoost model has more than one base score: [2E-1,3E-1]");
  }

  @Test
  void shouldRefuseABaseScoreThatIsNoProbability() {
    assertThatThrownBy(() -> trees(model(TREE).replace("2.5E-1", "1E0")))
        .hasMessage("the XGBoost model has base score 1E0");
  }

  @Test
  void shouldRefuseTreesThatRunInACircle() {
    assertThatThrownBy(() -> trees(model(TREE.replace("[1, -1, -1]", "[0, -1, -1]"))))
        .hasMessage("tree 0 node 0: children 0 and 2 of 3 nodes, feature 1 of 2");
  }

  @Test
  void shouldRefuseAModelWithoutTrees() {
    assertThatThrownBy(() -> trees(model("")))
        .hasMessage("2 columns and 0 trees; a model needs one of each");
  }
}
