package io.millrace.server.infer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.millrace.server.serve.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bodies of {@code POST /v2/models/M/infer}, with the binary tensors of Triton's extension
 * behind the JSON if the header {@code Inference-Header-Content-Length} says where it ends.
 * Thread-safe.
 */
final class InferJson {
  /** How a body says where its JSON ends and its binary tensors begin. */
  static final String JSON_LENGTH = "inference-header-content-length";

  private static final String BINARY_SIZE = "binary_data_size";
  private static final String BINARY = "binary_data";
  private static final String ALL_BINARY = "binary_data_output";

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Bodies are deep only by mistake.
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(32).maxNumberLength(400).build())
          .build();

  /**
   * A body that was read.
   *
   * @param binary the names of the outputs that are wanted as bytes
   */
  record Body(InferRequest request, List<String> binary) {}

  /**
   * An answer's body.
   *
   * @param jsonLength how much of it is JSON; all of it if there are no binary tensors
   */
  @SuppressWarnings("ArrayRecordComponent") // Written once, compared never.
  record Answer(byte[] body, int jsonLength) {}

  private static final class Input {
    private String name;
    private String datatype;
    private long[] shape;
    private TensorJson data;
    private Map<String, Object> parameters = Map.of();
  }

  private static final class Output {
    private String name;
    private Map<String, Object> parameters = Map.of();
  }

  private InferJson() {}

  /**
   * Reads a body.
   *
   * @param jsonLength how many bytes of it are JSON
   * @throws Refusal saying what is wrong, and where
   */
  static Body read(String model, String version, byte[] body, int jsonLength) {
    try (JsonParser json = JSON.createParser(body, 0, jsonLength)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw Refusal.invalid(
            "the body is no JSON object; give {\"inputs\": [{\"name\": ..., \"shape\": ..., \"datatype\": ..., \"data\": ...}]}");
      }
      String id = "";
      Map<String, Object> parameters = Map.of();
      List<Input> inputs = new ArrayList<>();
      List<Output> outputs = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "id" -> id = text(json, "id");
          case "parameters" -> parameters = parameters(json, "parameters");
          case "inputs" -> readInputs(json, inputs);
          case "outputs" -> readOutputs(json, outputs);
          default -> throw unknown("the body", field, "id, parameters, inputs and outputs");
        }
      }
      if (json.nextToken() != null) {
        throw Refusal.invalid("the body goes on behind its JSON object");
      }
      InferRequest request =
          new InferRequest(
              model,
              version,
              id,
              parameters,
              tensors(inputs, ByteBuffer.wrap(body, jsonLength, body.length - jsonLength)),
              outputs.stream().map(output -> output.name).toList());
      return new Body(request, binary(parameters, outputs));
    } catch (JsonProcessingException e) {
      throw Refusal.invalid(
          "the body is no JSON: %s, at line %d, column %d"
              .formatted(
                  Shown.of(e.getOriginalMessage()),
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getLocation() == null ? 0 : e.getLocation().getColumnNr()));
    } catch (IOException e) {
      // Not reached but for text that is no UTF-8: the bytes are in memory.
      throw Refusal.invalid("the body is no JSON: " + Shown.of(e.getMessage()));
    }
  }

  private static Refusal unknown(String where, String field, String known) {
    return Refusal.invalid(
        "%s has a field '%s'; it may have %s".formatted(where, Shown.of(field), known));
  }

  private static String text(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw Refusal.invalid(field + " is no text; put it in quotes");
    }
    return json.getText();
  }

  private static void requireArray(JsonParser json, String field) {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw Refusal.invalid(field + " is no list; give [...]");
    }
  }

  private static void requireObject(JsonParser json, String field) {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw Refusal.invalid(field + " is no object; give {...}");
    }
  }

  private static void readInputs(JsonParser json, List<Input> inputs) throws IOException {
    requireArray(json, "inputs");
    while (json.nextToken() != JsonToken.END_ARRAY) {
      String where = "inputs[" + inputs.size() + "]";
      requireObject(json, where);
      Input input = new Input();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "name" -> input.name = text(json, where + ".name");
          case "datatype" -> input.datatype = text(json, where + ".datatype");
          case "shape" -> input.shape = shape(json, where + ".shape");
          case "parameters" -> input.parameters = parameters(json, where + ".parameters");
          case "data" -> {
            requireArray(json, where + ".data");
            input.data = new TensorJson();
            input.data.read(json, where + ".data");
          }
          default -> throw unknown(where, field, "name, shape, datatype, parameters and data");
        }
      }
      requireWhole(input, where);
      inputs.add(input);
    }
  }

  private static void requireWhole(Input input, String where) {
    String missing =
        input.name == null
            ? "name"
            : input.shape == null ? "shape" : input.datatype == null ? "datatype" : null;
    if (missing != null) {
      throw Refusal.invalid(where + " has no " + missing);
    }
    boolean binary = input.parameters.containsKey(BINARY_SIZE);
    if (binary == (input.data != null)) {
      throw Refusal.invalid(
          binary
              ? "%s has data and %s; give one of them".formatted(where, BINARY_SIZE)
              : where + " has no data");
    }
  }

  private static long[] shape(JsonParser json, String where) throws IOException {
    requireArray(json, where);
    long[] shape = new long[4];
    int size = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (size == shape.length) {
        throw Refusal.invalid(where + " has more than " + size + " dimensions; give 1 or 2");
      }
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
          || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
        throw Refusal.invalid(
            where + " holds " + Shown.of(json.getText()) + "; give whole numbers");
      }
      shape[size++] = json.getLongValue();
    }
    return Arrays.copyOf(shape, size);
  }

  private static void readOutputs(JsonParser json, List<Output> outputs) throws IOException {
    requireArray(json, "outputs");
    while (json.nextToken() != JsonToken.END_ARRAY) {
      String where = "outputs[" + outputs.size() + "]";
      requireObject(json, where);
      Output output = new Output();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "name" -> output.name = text(json, where + ".name");
          case "parameters" -> output.parameters = parameters(json, where + ".parameters");
          default -> throw unknown(where, field, "name and parameters");
        }
      }
      if (output.name == null) {
        throw Refusal.invalid(where + " has no name");
      }
      if (outputs.stream().anyMatch(other -> other.name.equals(output.name))) {
        throw Refusal.invalid(
            "output '" + Shown.of(output.name) + "' is asked for twice; ask once");
      }
      outputs.add(output);
    }
  }

  private static Map<String, Object> parameters(JsonParser json, String where) throws IOException {
    requireObject(json, where);
    Map<String, Object> parameters = new LinkedHashMap<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      Object value =
          switch (json.nextToken()) {
            case VALUE_STRING -> json.getText();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            case VALUE_NUMBER_INT ->
                json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                    ? (Object) json.getDoubleValue()
                    : (Object) json.getLongValue();
            default ->
                throw Refusal.invalid(
                    "%s.%s is no text, number or truth".formatted(where, Shown.of(name)));
          };
      parameters.put(name, value);
    }
    return parameters;
  }

  private static List<Tensor> tensors(List<Input> inputs, ByteBuffer binary) {
    List<Tensor> tensors = new ArrayList<>();
    for (Input input : inputs) {
      Datatype datatype = Datatype.of(input.name, input.datatype);
      if (input.data != null) {
        tensors.add(input.data.tensor(input.name, datatype, input.shape));
        continue;
      }
      if (!(input.parameters.get(BINARY_SIZE) instanceof Long size)
          || size < 0
          || size > binary.remaining()) {
        throw Refusal.invalid(
            "input %s has the %s %s, but %d bytes are left behind the JSON; the header Inference-Header-Content-Length says where it ends"
                .formatted(
                    Shown.of(input.name),
                    BINARY_SIZE,
                    Shown.of(input.parameters.get(BINARY_SIZE)),
                    binary.remaining()));
      }
      int length = size.intValue();
      tensors.add(
          RawTensors.read(
              input.name, datatype, input.shape, binary.slice(binary.position(), length)));
      binary.position(binary.position() + length);
    }
    if (binary.hasRemaining()) {
      throw Refusal.invalid(
          binary.remaining()
              + " bytes behind the JSON belong to no input; give each its binary_data_size");
    }
    return tensors;
  }

  private static List<String> binary(Map<String, Object> parameters, List<Output> outputs) {
    boolean all = Boolean.TRUE.equals(parameters.get(ALL_BINARY));
    if (outputs.isEmpty()) {
      return all ? List.of(Scorer.SCORE) : List.of();
    }
    return outputs.stream()
        .filter(output -> Boolean.TRUE.equals(output.parameters.getOrDefault(BINARY, all)))
        .map(output -> output.name)
        .toList();
  }

  /**
   * Writes an answer.
   *
   * @param binary the names of the outputs that go as bytes
   */
  static Answer write(InferResponse response, List<String> binary) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(512);
    List<byte[]> behind = new ArrayList<>();
    try (JsonGenerator json = JSON.createGenerator(body)) {
      json.writeStartObject();
      json.writeStringField("model_name", response.model());
      json.writeStringField("model_version", Integer.toString(response.version()));
      if (!response.id().isEmpty()) {
        json.writeStringField("id", response.id());
      }
      writeParameters(json, response.parameters());
      json.writeArrayFieldStart("outputs");
      for (Tensor tensor : response.outputs()) {
        json.writeStartObject();
        json.writeStringField("name", tensor.name());
        json.writeFieldName("shape");
        json.writeArray(tensor.shape(), 0, tensor.shape().length);
        json.writeStringField("datatype", tensor.datatype().name());
        if (binary.contains(tensor.name())) {
          behind.add(RawTensors.write(tensor));
          writeParameters(json, Map.of(BINARY_SIZE, (long) behind.get(behind.size() - 1).length));
        } else {
          writeData(json, tensor);
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("memory took no JSON", e);
    }
    int jsonLength = body.size();
    behind.forEach(body::writeBytes);
    return new Answer(body.toByteArray(), jsonLength);
  }

  private static void writeParameters(JsonGenerator json, Map<String, Object> parameters)
      throws IOException {
    json.writeObjectFieldStart("parameters");
    for (Map.Entry<String, Object> parameter : parameters.entrySet()) {
      json.writeFieldName(parameter.getKey());
      if (parameter.getValue() instanceof Long whole) {
        json.writeNumber(whole);
      } else {
        json.writeString(parameter.getValue().toString());
      }
    }
    json.writeEndObject();
  }

  private static void writeData(JsonGenerator json, Tensor tensor) throws IOException {
    json.writeArrayFieldStart("data");
    for (int i = 0; i < tensor.size(); i++) {
      if (tensor.datatype() == Datatype.BYTES) {
        json.writeString(tensor.textAt(i));
      } else {
        float value = (float) tensor.doubleAt(i);
        // JSON has no NaN; the shortest decimal of a float reads back to the same float.
        if (Float.isFinite(value)) {
          json.writeNumber(value);
        } else {
          json.writeNull();
        }
      }
    }
    json.writeEndArray();
  }
}
