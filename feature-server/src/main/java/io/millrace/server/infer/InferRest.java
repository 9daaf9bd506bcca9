package io.millrace.server.infer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.millrace.server.serve.Exchange;
import io.millrace.server.serve.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The Open Inference Protocol v2 over HTTP, under {@code /v2}; an error is {@code {"error": "..."}}
 * with a 4xx, as everywhere. Thread-safe.
 *
 * <pre>
 * GET  /v2                                    the server
 * GET  /v2/health/live  /v2/health/ready
 * GET  /v2/models/M[/versions/V]              its tensors
 * GET  /v2/models/M[/versions/V]/ready
 * POST /v2/models/M[/versions/V]/infer
 * </pre>
 */
public final class InferRest implements Exchange {
  static final String ROOT = "/v2";

  /** What the server tells of itself on either wire. */
  static final String SERVER = "millrace";

  static final List<String> EXTENSIONS = List.of("binary_tensor_data");
  static final String PLATFORM = "onnx_onnxv1";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Scorer scorer;
  private final String serverVersion;
  private final BooleanSupplier ready;

  /**
   * @param ready whether the rest of the server can answer, the store above all
   */
  public InferRest(Scorer scorer, String serverVersion, BooleanSupplier ready) {
    this.scorer = scorer;
    this.serverVersion = serverVersion;
    this.ready = ready;
  }

  /** What a path names. */
  private record Target(String model, String version, String action) {}

  @Override
  public HttpResponse answer(ServiceRequestContext context, AggregatedHttpRequest request) {
    String path = context.path().substring(ROOT.length());
    List<String> parts = new ArrayList<>(List.of(path.split("/")));
    parts.removeIf(String::isEmpty);
    if (parts.size() >= 2 && parts.get(0).equals("models")) {
      return model(target(parts, path), request);
    }
    HttpResponse answer =
        switch (String.join("/", parts)) {
          case "" -> json(server());
          case "health/live" -> json(Map.of("live", true));
          case "health/ready" -> ready(ready.getAsBoolean() && allReady());
          default -> throw unknown(path);
        };
    requireMethod(request, HttpMethod.GET);
    return answer;
  }

  private static Refusal unknown(String path) {
    return new Refusal(
        Refusal.Kind.UNKNOWN,
        "there is no /v2"
            + Shown.of(path)
            + "; there are /v2, /v2/health/live, /v2/health/ready and /v2/models/MODEL[/versions/VERSION][/ready or /infer]");
  }

  private static Target target(List<String> parts, String path) {
    int at = 2;
    String version = "";
    if (parts.size() >= 4 && parts.get(2).equals("versions")) {
      version = parts.get(3);
      at = 4;
    }
    String action = parts.size() == at ? "" : parts.get(at);
    if (parts.size() > at + 1 || !List.of("", "ready", "infer").contains(action)) {
      throw unknown(path);
    }
    return new Target(parts.get(1), version, action);
  }

  private HttpResponse model(Target target, AggregatedHttpRequest request) {
    requireMethod(request, target.action.equals("infer") ? HttpMethod.POST : HttpMethod.GET);
    return switch (target.action) {
      case "infer" -> infer(target, request);
      case "ready" -> ready(isReady(target));
      default -> json(metadata(target));
    };
  }

  private boolean isReady(Target target) {
    try (ServedModel model = scorer.model(target.model, target.version)) {
      return true;
    } catch (Refusal e) {
      if (e.kind() == Refusal.Kind.UNAVAILABLE) {
        return false;
      }
      throw e;
    }
  }

  private boolean allReady() {
    return scorer.models().names().stream().allMatch(scorer.models()::ready);
  }

  private HttpResponse infer(Target target, AggregatedHttpRequest request) {
    byte[] body = request.content().array();
    String length = request.headers().get(InferJson.JSON_LENGTH);
    InferJson.Body read =
        InferJson.read(
            target.model,
            target.version,
            body,
            length == null ? body.length : jsonLength(length, body.length));
    InferJson.Answer answer = InferJson.write(scorer.infer(read.request()), read.binary());
    boolean binary = answer.jsonLength() < answer.body().length;
    ResponseHeaders headers =
        binary
            ? ResponseHeaders.of(
                HttpStatus.OK,
                "content-type",
                MediaType.OCTET_STREAM,
                InferJson.JSON_LENGTH,
                answer.jsonLength())
            : ResponseHeaders.of(HttpStatus.OK, "content-type", MediaType.JSON);
    return HttpResponse.of(headers, HttpData.wrap(answer.body()));
  }

  private static int jsonLength(String header, int most) {
    if (!header.matches("[0-9]{1,9}") || Integer.parseInt(header) > most) {
      throw Refusal.invalid(
          "the header Inference-Header-Content-Length is '%s'; give how many of the body's %d bytes are JSON"
              .formatted(Shown.of(header), most));
    }
    return Integer.parseInt(header);
  }

  private Map<String, Object> server() {
    Map<String, Object> server = new LinkedHashMap<>();
    server.put("name", SERVER);
    server.put("version", serverVersion);
    server.put("extensions", EXTENSIONS);
    return server;
  }

  private Map<String, Object> metadata(Target target) {
    try (ServedModel model = scorer.model(target.model, target.version)) {
      Map<String, Object> metadata = new LinkedHashMap<>();
      metadata.put("name", model.name());
      metadata.put(
          "versions",
          scorer.models().versions(model.name()).stream().map(String::valueOf).toList());
      metadata.put("platform", PLATFORM);
      metadata.put("inputs", Scorer.inputs(model).stream().map(InferRest::described).toList());
      metadata.put("outputs", Scorer.outputs(model).stream().map(InferRest::described).toList());
      Map<String, String> properties = new LinkedHashMap<>();
      properties.put("scores_with", Integer.toString(model.version()));
      properties.putAll(scorer.properties(model));
      metadata.put("parameters", properties);
      return metadata;
    }
  }

  private static Map<String, Object> described(Scorer.Described tensor) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("name", tensor.name());
    described.put("datatype", tensor.datatype().name());
    described.put("shape", tensor.shape());
    return described;
  }

  private static void requireMethod(AggregatedHttpRequest request, HttpMethod due) {
    if (request.method() != due) {
      throw new Refusal(Refusal.Kind.METHOD, "the method is " + request.method() + "; use " + due);
    }
  }

  private static HttpResponse ready(boolean ready) {
    return HttpResponse.of(
        ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
        MediaType.JSON,
        HttpData.wrap(bytes(Map.of("ready", ready))));
  }

  private static HttpResponse json(Object value) {
    return HttpResponse.of(HttpStatus.OK, MediaType.JSON, HttpData.wrap(bytes(value)));
  }

  private static byte[] bytes(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (IOException e) {
      throw new UncheckedIOException("an answer is no JSON", e);
    }
  }
}
