package io.millrace.inference.onnx;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.millrace.inference.TestTrees;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class OnnxScanTest {
  private static final TensorProto OUTSIDE =
      TensorProto.newBuilder()
          .setName("weights")
          .setDataLocation(TensorProto.DataLocation.EXTERNAL)
          .addExternalData(
              StringStringEntryProto.newBuilder().setKey("location").setValue("/etc/passwd"))
          .build();

  private static ModelProto.Builder model() {
    try {
      return ModelProto.parseFrom(TreeEnsembleOnnx.write(TestTrees.random(3, 2, 2, 1))).toBuilder();
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static ThrowingCallable scan(ModelProto.Builder model) {
    byte[] bytes = model.build().toByteArray();
    return () -> OnnxScan.require(bytes);
  }

  private static NodeProto.Builder node(AttributeProto.Builder attribute) {
    return NodeProto.newBuilder().setOpType("If").addAttribute(attribute.setName("a"));
  }

  @Test
  void shouldLetATreeModelPass() {
    assertThatCode(scan(model())).doesNotThrowAnyException();
  }

  @Test
  void shouldRefuseExternalDataInInitializers() {
    ModelProto.Builder model = model();
    model.getGraphBuilder().addInitializer(OUTSIDE);

    assertThatThrownBy(scan(model))
        .isInstanceOf(OnnxRefusedException.class)
        .hasMessage(
            "the model is refused: tensor 'weights' at model.graph.initializer keeps its data outside the model; save the model as one file");
  }

  @Test
  void shouldRefuseExternalDataThatDoesNotSayItIsExternal() {
    ModelProto.Builder model = model();
    model.getGraphBuilder().addInitializer(OUTSIDE.toBuilder().clearDataLocation());

    assertThatThrownBy(scan(model)).hasMessageContaining("outside the model");
  }

  @Test
  void shouldRefuseExternalDataInSparseInitializers() {
    ModelProto.Builder model = model();
    model
        .getGraphBuilder()
        .addSparseInitializer(SparseTensorProto.newBuilder().setIndices(OUTSIDE));

    assertThatThrownBy(scan(model)).hasMessageContaining("sparse_initializer.indices");
  }

  @Test
  void shouldRefuseExternalDataInAttributes() {
    ModelProto.Builder model = model();
    model
        .getGraphBuilder()
        .addNode(
            node(
                AttributeProto.newBuilder()
                    .setSparseTensor(SparseTensorProto.newBuilder().setValues(OUTSIDE))));

    assertThatThrownBy(scan(model)).hasMessageContaining("sparse_tensor.values");
  }

  @Test
  void shouldRefuseExternalDataInSubgraphsOfSubgraphs() {
    GraphProto inner = GraphProto.newBuilder().addInitializer(OUTSIDE).build();
    GraphProto outer =
        GraphProto.newBuilder().addNode(node(AttributeProto.newBuilder().setG(inner))).build();
    ModelProto.Builder model = model();
    model.getGraphBuilder().addNode(node(AttributeProto.newBuilder().addGraphs(outer)));

    assertThatThrownBy(scan(model)).hasMessageContaining("graphs.node.attribute.g.initializer");
  }

  @Test
  void shouldRefuseExternalDataInFunctions() {
    ModelProto.Builder model =
        model()
            .addFunctions(
                FunctionProto.newBuilder()
                    .addNode(node(AttributeProto.newBuilder().setT(OUTSIDE))));

    assertThatThrownBy(scan(model)).hasMessageContaining("model.functions.node.attribute.t");
  }

  @Test
  void shouldRefuseOperatorsOfOtherDomains() {
    ModelProto.Builder model =
        model().addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("evil.ops").setVersion(1));
    model
        .getGraphBuilder()
        .addNode(NodeProto.newBuilder().setOpType("RunShell").setDomain("evil.ops"));

    assertThatThrownBy(scan(model))
        .hasMessageContaining("domain 'evil.ops' in node RunShell")
        .hasMessageContaining("domain 'evil.ops' in opset_import");
  }

  @Test
  void shouldRefusePartsItDoesNotKnow() {
    ModelProto.Builder model = model();
    model.setUnknownFields(
        UnknownFieldSet.newBuilder()
            .addField(
                999,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFromUtf8("x"))
                    .build())
            .build());

    assertThatThrownBy(scan(model))
        .hasMessageContaining(
            "unknown fields [999] in ModelProto; it was written for a newer ONNX");
  }

  @Test
  void shouldRefuseOpsetsOutsideTheRange() {
    assertThatThrownBy(scan(model().addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(99))))
        .hasMessageContaining("opset 99 of domain ''; 1 to 26 are read");
  }

  @Test
  void shouldRefuseMoreNodesThanAModelNeeds() {
    ModelProto.Builder model = model();
    for (int i = 0; i < OnnxScan.MOST_NODES; i++) {
      model.getGraphBuilder().addNode(NodeProto.newBuilder().setOpType("Neg"));
    }

    assertThatThrownBy(scan(model)).hasMessageContaining("20002 nodes and 0 tensors");
  }

  @Test
  void shouldRefuseGraphsNestedTooDeeply() {
    GraphProto graph = GraphProto.newBuilder().setName("g").build();
    for (int i = 0; i < 30; i++) {
      graph =
          GraphProto.newBuilder().addNode(node(AttributeProto.newBuilder().setG(graph))).build();
    }
    ModelProto.Builder model = model();
    model.getGraphBuilder().addNode(node(AttributeProto.newBuilder().setG(graph)));

    assertThatThrownBy(scan(model)).hasMessageContaining("nested");
  }

  @Test
  void shouldRefuseWhatIsNoModel() {
    assertThatThrownBy(() -> OnnxScan.require(new byte[0])).hasMessageContaining("it has 0 bytes");
    assertThatThrownBy(() -> OnnxScan.require("not a model".getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("it is not an ONNX model");
  }
}
