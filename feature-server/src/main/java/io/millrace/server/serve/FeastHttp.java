package io.millrace.server.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.online.ValueStatus;
import io.millrace.server.serve.FeatureQuery.TimestampUnit;
import java.io.IOException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code POST /get-online-features} as Feast's Python feature server answers it: one result a
 * feature, over all rows; key columns first; statuses and timestamps always, as the Python server
 * gives them, unless {@code ?status=false}. {@code ?status=true}, which Feast's Go server needs for
 * them, changes nothing. Statuses are those of Feast's Go and Java servers: NULL_VALUE and
 * OUTSIDE_MAX_AGE are told apart. Thread-safe.
 */
final class FeastHttp {
  static final String API = "feast-http";

  private static final String NO_TIME = "1970-01-01T00:00:00Z";
  private static final SerializableString VALUES = new SerializedString("values");
  private static final SerializableString STATUSES_FIELD = new SerializedString("statuses");
  private static final SerializableString EVENT_TIMESTAMPS =
      new SerializedString("event_timestamps");
  private static final Map<ValueStatus, SerializableString> STATUSES =
      new EnumMap<>(ValueStatus.class);

  static {
    for (ValueStatus status : ValueStatus.values()) {
      STATUSES.put(status, new SerializedString(status.name()));
    }
  }

  private final FeatureServing serving;
  private final ServeMetrics metrics;

  FeastHttp(FeatureServing serving, ServeMetrics metrics) {
    this.serving = serving;
    this.metrics = metrics;
  }

  /** What stands in the body. */
  private record Body(FeatureQuery query, boolean versions) {}

  HttpResponse getOnlineFeatures(ServiceRequestContext ctx, AggregatedHttpRequest request) {
    long startedNanos = System.nanoTime();
    try {
      boolean statuses = wantsStatuses(ctx.queryParam("status"));
      Body body = JsonBody.read(request.content().array(), FeastHttp::body);
      FeatureAnswer answer = serving.answer(body.query());
      HttpResponse response = Replies.json(json -> write(json, answer, statuses, body.versions()));
      metrics.answered(API, answer, System.nanoTime() - startedNanos);
      return response;
    } catch (Refusal refusal) {
      metrics.refused(API, refusal, System.nanoTime() - startedNanos);
      throw refusal;
    }
  }

  private static boolean wantsStatuses(String parameter) {
    if (parameter == null || parameter.equals("true")) {
      return true;
    } else if (parameter.equals("false")) {
      return false;
    }
    throw Refusal.invalid("status must be true or false, but is " + Refusal.shown(parameter));
  }

  private static Body body(JsonBody body) throws IOException {
    class Parts {
      private Optional<String> service = Optional.empty();
      private List<String> features = List.of();
      private Map<String, List<Object>> entities = Map.of();
      private Map<String, List<Object>> context = Map.of();
      private boolean fullNames;
      private boolean versions;
    }
    Parts parts = new Parts();
    body.object(
        "the body",
        name -> {
          boolean isNull = body.token() == com.fasterxml.jackson.core.JsonToken.VALUE_NULL;
          switch (name) {
            case "feature_service" ->
                parts.service = isNull ? Optional.empty() : Optional.of(body.text(name));
            case "features" -> parts.features = isNull ? List.of() : body.texts(name);
            case "entities" -> parts.entities = body.columns(name);
            case "request_context" -> parts.context = isNull ? Map.of() : body.columns(name);
            case "full_feature_names" -> parts.fullNames = body.truth(name);
            case "include_feature_view_version_metadata" -> parts.versions = body.truth(name);
            default ->
                throw body.refusal(
                    "the body has no member "
                        + Refusal.shown(name)
                        + Names.meant(
                            name,
                            List.of(
                                "feature_service",
                                "features",
                                "entities",
                                "request_context",
                                "full_feature_names",
                                "include_feature_view_version_metadata")));
          }
        });
    return new Body(
        new FeatureQuery(
            parts.service,
            parts.features,
            parts.entities,
            parts.context,
            parts.fullNames,
            TimestampUnit.SECONDS),
        parts.versions);
  }

  private static void write(
      JsonGenerator json, FeatureAnswer answer, boolean statuses, boolean versions)
      throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("metadata");
    json.writeArrayFieldStart("feature_names");
    for (String column : answer.echoedColumns()) {
      json.writeString(column);
    }
    for (int feature = 0; feature < answer.features(); feature++) {
      json.writeString(answer.name(feature));
    }
    json.writeEndArray();
    if (versions) {
      writeVersions(json, answer.plan());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("results");
    RowSchema inputs = answer.plan().inputs();
    for (String column : answer.echoedColumns()) {
      writeKeys(json, answer, inputs, inputs.requireIndexOf(column), statuses);
    }
    // The features of a view stand together and have the times of its rows.
    SerializableString times = null;
    for (int feature = 0; feature < answer.features(); feature++) {
      if (statuses && (feature == 0 || answer.lookup(feature) != answer.lookup(feature - 1))) {
        times = times(answer, feature);
      }
      writeFeature(json, answer, feature, statuses, times);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /** The times of a feature's rows, as the array that they are. */
  private static SerializableString times(FeatureAnswer answer, int feature) {
    StringBuilder text = new StringBuilder(2 + 27 * answer.rows()).append('[');
    for (int row = 0; row < answer.rows(); row++) {
      long timeMs = answer.eventTimeMs(feature, row);
      text.append(row == 0 ? "\"" : ",\"")
          .append(timeMs == 0 ? NO_TIME : Instant.ofEpochMilli(timeMs).toString())
          .append('"');
    }
    return new SerializedString(text.append(']').toString());
  }

  private static void writeVersions(JsonGenerator json, ServePlan plan) throws IOException {
    Map<String, Integer> versions = new LinkedHashMap<>();
    plan.lookups().forEach(lookup -> versions.put(lookup.view(), lookup.version()));
    json.writeArrayFieldStart("feature_view_metadata");
    for (Map.Entry<String, Integer> view : versions.entrySet()) {
      json.writeStartObject();
      json.writeStringField("name", view.getKey());
      json.writeNumberField("version", view.getValue());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeKeys(
      JsonGenerator json, FeatureAnswer answer, RowSchema inputs, int column, boolean statuses)
      throws IOException {
    json.writeStartObject();
    json.writeFieldName(VALUES);
    json.writeStartArray();
    for (int row = 0; row < answer.rows(); row++) {
      Row input = answer.input(row);
      JsonValues.write(json, input, column, inputs.field(column).type(), TimestampUnit.SECONDS);
    }
    json.writeEndArray();
    if (statuses) {
      json.writeFieldName(STATUSES_FIELD);
      json.writeStartArray();
      for (int row = 0; row < answer.rows(); row++) {
        json.writeString(answer.input(row).isNull(column) ? "NULL_VALUE" : "PRESENT");
      }
      json.writeEndArray();
      json.writeFieldName(EVENT_TIMESTAMPS);
      json.writeStartArray();
      for (int row = 0; row < answer.rows(); row++) {
        json.writeString(NO_TIME);
      }
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  private static void writeFeature(
      JsonGenerator json,
      FeatureAnswer answer,
      int feature,
      boolean statuses,
      SerializableString times)
      throws IOException {
    json.writeStartObject();
    json.writeFieldName(VALUES);
    json.writeStartArray();
    int position = answer.positionOf(feature);
    for (int row = 0; row < answer.rows(); row++) {
      JsonValues.write(
          json,
          answer.valuesOf(feature, row),
          position,
          answer.type(feature),
          TimestampUnit.SECONDS);
    }
    json.writeEndArray();
    if (statuses) {
      json.writeFieldName(STATUSES_FIELD);
      json.writeStartArray();
      for (int row = 0; row < answer.rows(); row++) {
        json.writeString(STATUSES.get(answer.status(feature, row)));
      }
      json.writeEndArray();
      json.writeFieldName(EVENT_TIMESTAMPS);
      json.writeRawValue(times);
    }
    json.writeEndObject();
  }
}
