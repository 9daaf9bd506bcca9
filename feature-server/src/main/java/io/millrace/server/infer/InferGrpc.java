package io.millrace.server.infer;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.server.annotation.Blocking;
import io.grpc.stub.StreamObserver;
import io.millrace.server.serve.Refusal;
import io.millrace.server.serve.inference.proto.GRPCInferenceServiceGrpc;
import io.millrace.server.serve.inference.proto.InferParameter;
import io.millrace.server.serve.inference.proto.InferTensorContents;
import io.millrace.server.serve.inference.proto.ModelInferRequest;
import io.millrace.server.serve.inference.proto.ModelInferResponse;
import io.millrace.server.serve.inference.proto.ModelMetadataRequest;
import io.millrace.server.serve.inference.proto.ModelMetadataResponse;
import io.millrace.server.serve.inference.proto.ModelReadyRequest;
import io.millrace.server.serve.inference.proto.ModelReadyResponse;
import io.millrace.server.serve.inference.proto.ServerLiveRequest;
import io.millrace.server.serve.inference.proto.ServerLiveResponse;
import io.millrace.server.serve.inference.proto.ServerMetadataRequest;
import io.millrace.server.serve.inference.proto.ServerMetadataResponse;
import io.millrace.server.serve.inference.proto.ServerReadyRequest;
import io.millrace.server.serve.inference.proto.ServerReadyResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The Open Inference Protocol v2 over gRPC, {@code inference.GRPCInferenceService}: typed contents
 * or raw ones, for the answer whichever the request used. Thread-safe; to be run where it may
 * block.
 */
@Blocking
public final class InferGrpc extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
  private final Scorer scorer;
  private final String serverVersion;
  private final BooleanSupplier ready;

  /**
   * @param ready whether the rest of the server can answer, the store above all
   */
  public InferGrpc(Scorer scorer, String serverVersion, BooleanSupplier ready) {
    this.scorer = scorer;
    this.serverVersion = serverVersion;
    this.ready = ready;
  }

  /** What is thrown becomes the status of its kind in the one handler of all services. */
  private static <T> void answer(StreamObserver<T> caller, Supplier<T> answer) {
    caller.onNext(answer.get());
    caller.onCompleted();
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> caller) {
    answer(caller, () -> ServerLiveResponse.newBuilder().setLive(true).build());
  }

  @Override
  public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> caller) {
    ScoringModels models = scorer.models();
    answer(
        caller,
        () ->
            ServerReadyResponse.newBuilder()
                .setReady(ready.getAsBoolean() && models.names().stream().allMatch(models::ready))
                .build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> caller) {
    answer(caller, () -> ModelReadyResponse.newBuilder().setReady(isReady(request)).build());
  }

  private boolean isReady(ModelReadyRequest request) {
    try (ServedModel model = scorer.model(request.getName(), request.getVersion())) {
      return true;
    } catch (Refusal e) {
      if (e.kind() == Refusal.Kind.UNAVAILABLE) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> caller) {
    answer(
        caller,
        () ->
            ServerMetadataResponse.newBuilder()
                .setName(InferRest.SERVER)
                .setVersion(serverVersion)
                .addAllExtensions(InferRest.EXTENSIONS)
                .build());
  }

  @Override
  public void modelMetadata(
      ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> caller) {
    answer(caller, () -> metadata(request));
  }

  private ModelMetadataResponse metadata(ModelMetadataRequest request) {
    try (ServedModel model = scorer.model(request.getName(), request.getVersion())) {
      ModelMetadataResponse.Builder metadata =
          ModelMetadataResponse.newBuilder().setName(model.name()).setPlatform(InferRest.PLATFORM);
      scorer.models().versions(model.name()).forEach(v -> metadata.addVersions(v.toString()));
      Scorer.inputs(model).forEach(input -> metadata.addInputs(described(input)));
      Scorer.outputs(model).forEach(output -> metadata.addOutputs(described(output)));
      return metadata.build();
    }
  }

  private static ModelMetadataResponse.TensorMetadata described(Scorer.Described tensor) {
    ModelMetadataResponse.TensorMetadata.Builder described =
        ModelMetadataResponse.TensorMetadata.newBuilder()
            .setName(tensor.name())
            .setDatatype(tensor.datatype().name());
    for (long dimension : tensor.shape()) {
      described.addShape(dimension);
    }
    return described.build();
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> caller) {
    answer(
        caller, () -> written(scorer.infer(read(request)), request.getRawInputContentsCount() > 0));
  }

  private static InferRequest read(ModelInferRequest request) {
    int raw = request.getRawInputContentsCount();
    if (raw > 0 && raw != request.getInputsCount()) {
      throw Refusal.invalid(
          "there are %d inputs and %d raw_input_contents; give one each, or none"
              .formatted(request.getInputsCount(), raw));
    }
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < request.getInputsCount(); i++) {
      inputs.add(tensor(request.getInputs(i), raw > 0 ? request.getRawInputContents(i) : null));
    }
    return new InferRequest(
        request.getModelName(),
        request.getModelVersion(),
        request.getId(),
        parameters(request.getParametersMap()),
        inputs,
        request.getOutputsList().stream()
            .map(ModelInferRequest.InferRequestedOutputTensor::getName)
            .distinct()
            .toList());
  }

  private static Map<String, Object> parameters(Map<String, InferParameter> wire) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    wire.forEach(
        (name, value) -> {
          switch (value.getParameterChoiceCase()) {
            case BOOL_PARAM -> parameters.put(name, value.getBoolParam());
            case INT64_PARAM -> parameters.put(name, value.getInt64Param());
            case UINT64_PARAM -> parameters.put(name, value.getUint64Param());
            case DOUBLE_PARAM -> parameters.put(name, value.getDoubleParam());
            case STRING_PARAM -> parameters.put(name, value.getStringParam());
            case PARAMETERCHOICE_NOT_SET -> {}
          }
        });
    return parameters;
  }

  private static Tensor tensor(ModelInferRequest.InferInputTensor input, ByteString raw) {
    String name = input.getName();
    Datatype datatype = Datatype.of(name, input.getDatatype());
    long[] shape = new long[input.getShapeCount()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = input.getShape(i);
    }
    InferTensorContents contents = input.getContents();
    if (raw != null) {
      if (input.hasContents()) {
        throw Refusal.invalid(
            "input %s has contents and raw_input_contents; give one of them"
                .formatted(Shown.of(name)));
      }
      return RawTensors.read(name, datatype, shape, raw.asReadOnlyByteBuffer());
    }
    int size = Tensor.sizeOf(name, shape, InferRequest.MOST_ELEMENTS);
    int given = given(datatype, contents);
    if (given != size) {
      throw Refusal.invalid(
          "input %s has %d elements in the contents of %s, but its shape needs %d"
              .formatted(Shown.of(name), given, datatype, size));
    }
    Tensor tensor = new Tensor(name, datatype, shape, size);
    for (int i = 0; i < size; i++) {
      switch (datatype) {
        case BOOL -> tensor.setLong(i, contents.getBoolContents(i) ? 1 : 0);
        case INT8, INT16, INT32 -> tensor.setLong(i, contents.getIntContents(i));
        case INT64 -> tensor.setLong(i, contents.getInt64Contents(i));
        case UINT8, UINT16, UINT32 ->
            tensor.setLong(i, Integer.toUnsignedLong(contents.getUintContents(i)));
        case UINT64 -> tensor.setLong(i, contents.getUint64Contents(i));
        case FP32 -> tensor.setDouble(i, contents.getFp32Contents(i));
        case FP64 -> tensor.setDouble(i, contents.getFp64Contents(i));
        case BYTES ->
            tensor.setText(
                i, RawTensors.utf8(name, i, contents.getBytesContents(i).asReadOnlyByteBuffer()));
      }
    }
    return tensor;
  }

  private static int given(Datatype datatype, InferTensorContents contents) {
    return switch (datatype) {
      case BOOL -> contents.getBoolContentsCount();
      case INT8, INT16, INT32 -> contents.getIntContentsCount();
      case INT64 -> contents.getInt64ContentsCount();
      case UINT8, UINT16, UINT32 -> contents.getUintContentsCount();
      case UINT64 -> contents.getUint64ContentsCount();
      case FP32 -> contents.getFp32ContentsCount();
      case FP64 -> contents.getFp64ContentsCount();
      case BYTES -> contents.getBytesContentsCount();
    };
  }

  private static ModelInferResponse written(InferResponse answer, boolean raw) {
    ModelInferResponse.Builder response =
        ModelInferResponse.newBuilder()
            .setModelName(answer.model())
            .setModelVersion(Integer.toString(answer.version()))
            .setId(answer.id());
    answer
        .parameters()
        .forEach(
            (name, value) ->
                response.putParameters(
                    name,
                    value instanceof Long whole
                        ? InferParameter.newBuilder().setInt64Param(whole).build()
                        : InferParameter.newBuilder().setStringParam(value.toString()).build()));
    for (Tensor tensor : answer.outputs()) {
      ModelInferResponse.InferOutputTensor.Builder output =
          ModelInferResponse.InferOutputTensor.newBuilder()
              .setName(tensor.name())
              .setDatatype(tensor.datatype().name());
      for (long dimension : tensor.shape()) {
        output.addShape(dimension);
      }
      if (raw) {
        response.addRawOutputContents(ByteString.copyFrom(RawTensors.write(tensor)));
      } else {
        output.setContents(contents(tensor));
      }
      response.addOutputs(output);
    }
    return response.build();
  }

  private static InferTensorContents contents(Tensor tensor) {
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    for (int i = 0; i < tensor.size(); i++) {
      if (tensor.datatype() == Datatype.FP32) {
        contents.addFp32Contents((float) tensor.doubleAt(i));
      } else {
        contents.addBytesContents(ByteString.copyFromUtf8(tensor.textAt(i)));
      }
    }
    return contents.build();
  }
}
