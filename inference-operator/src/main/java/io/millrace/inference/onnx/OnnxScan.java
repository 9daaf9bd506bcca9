package io.millrace.inference.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Looks a model over before native code sees it. Native code runs in the task's process: a model
 * that reads files or kills the process must be refused here.
 *
 * <p>Refused are: data kept outside the model, in whatever position of the file; operators of other
 * domains than {@code ai.onnx} and {@code ai.onnx.ml}; parts of the format that this scan does not
 * know and so cannot look into; more nodes, tensors or bytes than a model of events needs.
 */
public final class OnnxScan {
  static final int MOST_BYTES = 512 << 20;
  static final int MOST_NODES = 20_000;
  static final int MOST_TENSORS = 20_000;
  static final int DEEPEST = 64;
  private static final int NEWEST_IR = 13;
  private static final Map<String, Integer> NEWEST_OPSETS =
      Map.of("", 26, "ai.onnx", 26, "ai.onnx.ml", 5);

  private final Set<String> problems = new TreeSet<>();
  private int nodes;
  private int tensors;

  private OnnxScan() {}

  /**
   * Lets a model pass, or refuses it.
   *
   * @throws OnnxRefusedException naming everything that is wrong with the model
   */
  public static void require(byte[] onnx) {
    if (onnx.length == 0 || onnx.length > MOST_BYTES) {
      throw new OnnxRefusedException(
          List.of("it has " + onnx.length + " bytes; 1 to " + MOST_BYTES + " are read"));
    }
    ModelProto model;
    try {
      model = ModelProto.parseFrom(onnx);
    } catch (InvalidProtocolBufferException e) {
      throw new OnnxRefusedException(List.of("it is not an ONNX model: " + e.getMessage()));
    }
    OnnxScan scan = new OnnxScan();
    scan.requireHeader(model);
    scan.look(model, "model", 0);
    scan.requireCounts();
    if (!scan.problems.isEmpty()) {
      throw new OnnxRefusedException(List.copyOf(scan.problems));
    }
  }

  private void requireHeader(ModelProto model) {
    GraphProto graph = model.getGraph();
    if (graph.getNodeCount() == 0) {
      problems.add("it has no graph of nodes; it may be another kind of file");
    }
    if (model.getIrVersion() < 3 || model.getIrVersion() > NEWEST_IR) {
      problems.add(
          "its IR version is " + model.getIrVersion() + "; 3 to " + NEWEST_IR + " are read");
    }
    if (model.getTrainingInfoCount() > 0) {
      problems.add("it carries training_info; export it for inference");
    }
    for (OperatorSetIdProto opset : model.getOpsetImportList()) {
      requireDomain(opset.getDomain(), "opset_import");
      int newest = NEWEST_OPSETS.getOrDefault(opset.getDomain(), Integer.MAX_VALUE);
      if (opset.getVersion() < 1 || opset.getVersion() > newest) {
        problems.add(
            "opset "
                + opset.getVersion()
                + " of domain '"
                + opset.getDomain()
                + "'; 1 to "
                + newest
                + " are read");
      }
    }
  }

  private void requireDomain(String domain, String where) {
    if (!NEWEST_OPSETS.containsKey(domain)) {
      problems.add(
          "domain '" + domain + "' in " + where + "; only ai.onnx and ai.onnx.ml are allowed");
    }
  }

  /** Every message of the file passes here, whatever field it hangs on. */
  private void look(Message message, String path, int depth) {
    if (depth > DEEPEST) {
      problems.add("graphs are nested deeper than " + DEEPEST + " at " + path);
      return;
    }
    if (!message.getUnknownFields().asMap().isEmpty()) {
      problems.add(
          "unknown fields "
              + new TreeSet<>(message.getUnknownFields().asMap().keySet())
              + " in "
              + message.getDescriptorForType().getName()
              + "; it was written for a newer ONNX than this scan knows");
    }
    if (message instanceof TensorProto tensor) {
      tensors++;
      requireInside(tensor, path);
    } else if (message instanceof NodeProto node) {
      nodes++;
      requireDomain(node.getDomain(), "node " + node.getOpType());
    }
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      if (field.getKey().getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
        continue;
      }
      String below = path + "." + field.getKey().getName();
      if (field.getKey().isRepeated()) {
        for (Object element : (List<?>) field.getValue()) {
          look((Message) element, below, depth + 1);
        }
      } else {
        look((Message) field.getValue(), below, depth + 1);
      }
    }
  }

  private void requireInside(TensorProto tensor, String path) {
    if (tensor.getDataLocation() != TensorProto.DataLocation.DEFAULT
        || tensor.getExternalDataCount() > 0) {
      problems.add(
          "tensor '"
              + tensor.getName()
              + "' at "
              + path
              + " keeps its data outside the model; save the model as one file");
    }
  }

  private void requireCounts() {
    if (nodes > MOST_NODES || tensors > MOST_TENSORS) {
      problems.add(
          nodes
              + " nodes and "
              + tensors
              + " tensors; at most "
              + MOST_NODES
              + " and "
              + MOST_TENSORS
              + " are read");
    }
  }
}
