package io.millrace.inference.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;

/**
 * Writes trees as ONNX.
 *
 * <pre>
 * features [N,F] float -> TreeEnsembleRegressor (ai.onnx.ml 3) -> margin -> Sigmoid -> score [N,1]
 * </pre>
 *
 * <p>The Sigmoid is a node of its own: the regressor's {@code post_transform} is carried out
 * differently by different runtimes.
 */
public final class TreeEnsembleOnnx {
  private static final int IR_VERSION = 8;
  private static final int OPSET = 13;
  private static final int ML_OPSET = 3;

  private TreeEnsembleOnnx() {}

  /** The bytes of a model that scores with the probability that the trees' log-odds stand for. */
  public static byte[] write(TreeEnsemble ensemble) {
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("millrace")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
        .addOpsetImport(
            OperatorSetIdProto.newBuilder().setDomain("ai.onnx.ml").setVersion(ML_OPSET))
        .setGraph(
            GraphProto.newBuilder()
                .setName("trees")
                .addInput(matrix(OnnxModel.INPUT, ensemble.columns()))
                .addOutput(matrix(OnnxModel.OUTPUT, 1))
                .addNode(regressor(ensemble))
                .addNode(
                    NodeProto.newBuilder()
                        .setOpType("Sigmoid")
                        .setName("probability")
                        .addInput("margin")
                        .addOutput(OnnxModel.OUTPUT)))
        .build()
        .toByteArray();
  }

  private static ValueInfoProto matrix(String name, int columns) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(
                            TensorShapeProto.newBuilder()
                                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
                                .addDim(
                                    TensorShapeProto.Dimension.newBuilder().setDimValue(columns)))))
        .build();
  }

  private static NodeProto regressor(TreeEnsemble ensemble) {
    AttributeProto.Builder treeIds = ints("nodes_treeids");
    AttributeProto.Builder nodeIds = ints("nodes_nodeids");
    AttributeProto.Builder features = ints("nodes_featureids");
    AttributeProto.Builder trueIds = ints("nodes_truenodeids");
    AttributeProto.Builder falseIds = ints("nodes_falsenodeids");
    AttributeProto.Builder missingTrue = ints("nodes_missing_value_tracks_true");
    AttributeProto.Builder values = floats("nodes_values");
    AttributeProto.Builder modes =
        AttributeProto.newBuilder()
            .setName("nodes_modes")
            .setType(AttributeProto.AttributeType.STRINGS);
    AttributeProto.Builder leafTrees = ints("target_treeids");
    AttributeProto.Builder leafNodes = ints("target_nodeids");
    AttributeProto.Builder leafTargets = ints("target_ids");
    AttributeProto.Builder leafWeights = floats("target_weights");
    ByteString split = ByteString.copyFromUtf8("BRANCH_LT");
    ByteString leaf = ByteString.copyFromUtf8("LEAF");

    for (int t = 0; t < ensemble.trees().size(); t++) {
      TreeEnsemble.Tree tree = ensemble.trees().get(t);
      for (int node = 0; node < tree.nodes(); node++) {
        boolean isLeaf = tree.isLeaf(node);
        treeIds.addInts(t);
        nodeIds.addInts(node);
        modes.addStrings(isLeaf ? leaf : split);
        features.addInts(isLeaf ? 0 : tree.feature()[node]);
        values.addFloats(isLeaf ? 0 : tree.value()[node]);
        trueIds.addInts(isLeaf ? 0 : tree.left()[node]);
        falseIds.addInts(isLeaf ? 0 : tree.right()[node]);
        missingTrue.addInts(!isLeaf && tree.missingLeft()[node] ? 1 : 0);
        if (isLeaf) {
          leafTrees.addInts(t);
          leafNodes.addInts(node);
          leafTargets.addInts(0);
          leafWeights.addFloats(tree.value()[node]);
        }
      }
    }
    return NodeProto.newBuilder()
        .setOpType("TreeEnsembleRegressor")
        .setDomain("ai.onnx.ml")
        .setName("trees")
        .addInput(OnnxModel.INPUT)
        .addOutput("margin")
        .addAttribute(
            AttributeProto.newBuilder()
                .setName("n_targets")
                .setType(AttributeProto.AttributeType.INT)
                .setI(1))
        .addAttribute(floats("base_values").addFloats(ensemble.baseMargin()))
        .addAttribute(treeIds)
        .addAttribute(nodeIds)
        .addAttribute(modes)
        .addAttribute(features)
        .addAttribute(values)
        .addAttribute(trueIds)
        .addAttribute(falseIds)
        .addAttribute(missingTrue)
        .addAttribute(leafTrees)
        .addAttribute(leafNodes)
        .addAttribute(leafTargets)
        .addAttribute(leafWeights)
        .build();
  }

  private static AttributeProto.Builder ints(String name) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
  }

  private static AttributeProto.Builder floats(String name) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.FLOATS);
  }
}
