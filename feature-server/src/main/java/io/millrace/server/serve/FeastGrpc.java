package io.millrace.server.serve;

import com.google.protobuf.Timestamp;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.online.ValueStatus;
import io.millrace.server.serve.FeatureQuery.TimestampUnit;
import io.millrace.server.serve.feast.proto.FeatureList;
import io.millrace.server.serve.feast.proto.FeatureViewMetadata;
import io.millrace.server.serve.feast.proto.FieldStatus;
import io.millrace.server.serve.feast.proto.GetFeastServingInfoRequest;
import io.millrace.server.serve.feast.proto.GetFeastServingInfoResponse;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesRequest;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesResponse;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesResponseMetadata;
import io.millrace.server.serve.feast.proto.ServingServiceGrpc;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code feast.serving.ServingService} as Feast's servers answer it: key columns first, then the
 * features in the order of the metadata's names; each over all rows. Thread-safe.
 */
final class FeastGrpc extends ServingServiceGrpc.ServingServiceImplBase {
  static final String API = "feast-grpc";

  private final FeatureServing serving;
  private final ServeMetrics metrics;
  private final Lookups lookups;
  private final GrpcErrors errors;

  FeastGrpc(FeatureServing serving, ServeMetrics metrics, Lookups lookups, GrpcErrors errors) {
    this.serving = serving;
    this.metrics = metrics;
    this.lookups = lookups;
    this.errors = errors;
  }

  @Override
  public void getFeastServingInfo(
      GetFeastServingInfoRequest request, StreamObserver<GetFeastServingInfoResponse> observer) {
    observer.onNext(GetFeastServingInfoResponse.newBuilder().setVersion("millrace-0.1.0").build());
    observer.onCompleted();
  }

  /** Called on a thread of the network. */
  @Override
  public void getOnlineFeatures(
      GetOnlineFeaturesRequest request, StreamObserver<GetOnlineFeaturesResponse> observer) {
    long startedNanos = System.nanoTime();
    ServiceRequestContext context = ServiceRequestContext.current();
    boolean bytes = wantsBytes(context);
    // Without this, an answer to a caller who is gone would be an error.
    ((ServerCallStreamObserver<?>) observer).setOnCancelHandler(() -> {});
    lookups
        .threadsFor(context, request.getSerializedSize())
        .execute(
            () -> {
              try {
                observer.onNext(answer(request, bytes, startedNanos));
                observer.onCompleted();
              } catch (RuntimeException | Error e) {
                observer.onError(errors.status(e).asRuntimeException());
              }
            });
  }

  private GetOnlineFeaturesResponse answer(
      GetOnlineFeaturesRequest request, boolean bytes, long startedNanos) {
    try {
      FeatureAnswer answer = serving.answer(query(request));
      boolean versions = request.getIncludeFeatureViewVersionMetadata();
      GetOnlineFeaturesResponse response =
          bytes ? FeastWire.response(answer, versions) : response(answer, versions);
      metrics.answered(API, answer, System.nanoTime() - startedNanos);
      return response;
    } catch (Refusal refusal) {
      metrics.refused(API, refusal, System.nanoTime() - startedNanos);
      throw refusal;
    }
  }

  /** Whether the answer is sent as protobuf, rather than as the JSON that gRPC can carry too. */
  private static boolean wantsBytes(ServiceRequestContext context) {
    MediaType type = context.request().contentType();
    return type == null || !type.subtype().endsWith("json");
  }

  private static FeatureQuery query(GetOnlineFeaturesRequest request) {
    return new FeatureQuery(
        request.hasFeatureService() ? Optional.of(request.getFeatureService()) : Optional.empty(),
        request.getFeatures().getValList(),
        columns("entities", request.getEntitiesMap()),
        columns("request_context", request.getRequestContextMap()),
        request.getFullFeatureNames(),
        TimestampUnit.SECONDS);
  }

  private static Map<String, List<Object>> columns(
      String place,
      Map<String, io.millrace.server.serve.feast.proto.ValueProto.RepeatedValue> map) {
    Map<String, List<Object>> columns = new LinkedHashMap<>();
    map.forEach(
        (name, values) ->
            columns.put(name, FeastValues.boxed(place + "." + Refusal.shown(name), values)));
    return columns;
  }

  /** The answer as protobuf's own objects; {@link FeastWire} writes the same bytes. */
  static GetOnlineFeaturesResponse response(FeatureAnswer answer, boolean versions) {
    GetOnlineFeaturesResponse.Builder response = GetOnlineFeaturesResponse.newBuilder();
    FeatureList.Builder names = FeatureList.newBuilder();
    RowSchema inputs = answer.plan().inputs();
    for (String column : answer.echoedColumns()) {
      names.addVal(column);
      response.addResults(keys(answer, inputs, inputs.requireIndexOf(column)));
    }
    // The features of a view stand together and have the times of its rows.
    Timestamp[] times = new Timestamp[answer.rows()];
    for (int feature = 0; feature < answer.features(); feature++) {
      names.addVal(answer.name(feature));
      if (feature == 0 || answer.lookup(feature) != answer.lookup(feature - 1)) {
        for (int row = 0; row < times.length; row++) {
          times[row] = time(answer.eventTimeMs(feature, row));
        }
      }
      response.addResults(values(answer, feature, times));
    }
    GetOnlineFeaturesResponseMetadata.Builder metadata =
        GetOnlineFeaturesResponseMetadata.newBuilder().setFeatureNames(names);
    if (versions) {
      metadata.addAllFeatureViewMetadata(versions(answer.plan()));
    }
    return response.setMetadata(metadata).setStatus(true).build();
  }

  /** The views that are read, each once. */
  static List<FeatureViewMetadata> versions(ServePlan plan) {
    Map<String, Integer> views = new LinkedHashMap<>();
    plan.lookups().forEach(lookup -> views.put(lookup.view(), lookup.version()));
    return views.entrySet().stream()
        .map(
            view ->
                FeatureViewMetadata.newBuilder()
                    .setName(view.getKey())
                    .setVersion(view.getValue())
                    .build())
        .toList();
  }

  private static GetOnlineFeaturesResponse.FeatureVector keys(
      FeatureAnswer answer, RowSchema inputs, int column) {
    GetOnlineFeaturesResponse.FeatureVector.Builder vector =
        GetOnlineFeaturesResponse.FeatureVector.newBuilder();
    for (int row = 0; row < answer.rows(); row++) {
      Row input = answer.input(row);
      vector.addValues(FeastValues.of(input, column, inputs.field(column).type()));
      vector.addStatuses(input.isNull(column) ? FieldStatus.NULL_VALUE : FieldStatus.PRESENT);
      vector.addEventTimestamps(Timestamp.getDefaultInstance());
    }
    return vector.build();
  }

  private static GetOnlineFeaturesResponse.FeatureVector values(
      FeatureAnswer answer, int feature, Timestamp[] times) {
    GetOnlineFeaturesResponse.FeatureVector.Builder vector =
        GetOnlineFeaturesResponse.FeatureVector.newBuilder();
    int position = answer.positionOf(feature);
    for (int row = 0; row < answer.rows(); row++) {
      vector.addValues(
          FeastValues.of(answer.valuesOf(feature, row), position, answer.type(feature)));
      vector.addStatuses(status(answer.status(feature, row)));
      vector.addEventTimestamps(times[row]);
    }
    return vector.build();
  }

  private static Timestamp time(long timeMs) {
    return timeMs == 0
        ? Timestamp.getDefaultInstance()
        : Timestamp.newBuilder()
            .setSeconds(Math.floorDiv(timeMs, 1000))
            .setNanos(Math.floorMod(timeMs, 1000) * 1_000_000)
            .build();
  }

  static FieldStatus status(ValueStatus status) {
    return switch (status) {
      case PRESENT -> FieldStatus.PRESENT;
      case NULL_VALUE -> FieldStatus.NULL_VALUE;
      case NOT_FOUND -> FieldStatus.NOT_FOUND;
      case OUTSIDE_MAX_AGE -> FieldStatus.OUTSIDE_MAX_AGE;
    };
  }
}
