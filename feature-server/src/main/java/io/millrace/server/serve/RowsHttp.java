package io.millrace.server.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.server.serve.FeatureQuery.TimestampUnit;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Features as rows that a person reads: each value with its name, status, time and age.
 *
 * <pre>
 * GET  /v1/features                            the services and views, with their columns
 * GET  /v1/features/tail_arrived?tail_num=N123 one row; a column given twice makes two
 * POST /v1/features/delay_v1                   {"rows": [{"tail_num": "N123", ...}, ...]}
 * </pre>
 *
 * <p>The name is that of a service or, where none has it, of a view. Features have their full
 * names. Thread-safe.
 */
final class RowsHttp {
  static final String API = "rows";

  private final FeatureServing serving;
  private final ServeMetrics metrics;

  RowsHttp(FeatureServing serving, ServeMetrics metrics) {
    this.serving = serving;
    this.metrics = metrics;
  }

  /** The services and views there are. */
  HttpResponse list(ServiceRequestContext ctx, AggregatedHttpRequest request) {
    List<ServePlan> services = serving.plans();
    List<ServePlan> views = new ArrayList<>();
    for (String view : serving.views()) {
      views.add(serving.plan(serving.query(view, Map.of())));
    }
    return Replies.json(
        json -> {
          json.useDefaultPrettyPrinter();
          json.writeStartObject();
          json.writeArrayFieldStart("services");
          for (ServePlan service : services) {
            writePlan(json, service.name(), service);
          }
          json.writeEndArray();
          json.writeArrayFieldStart("views");
          for (ServePlan view : views) {
            writePlan(json, view.lookups().get(0).view(), view);
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  private static void writePlan(JsonGenerator json, String name, ServePlan plan)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("name", name);
    json.writeObjectFieldStart("columns");
    for (String column : plan.readColumns()) {
      Field field = plan.inputs().field(plan.inputs().requireIndexOf(column));
      json.writeStringField(
          column,
          field.type()
              + (plan.keyColumns().contains(column) ? ", key" : "")
              + (plan.requiredColumns().containsKey(column) ? "" : ", may be left out"));
    }
    json.writeEndObject();
    json.writeObjectFieldStart("features");
    for (Field feature : plan.vectorSchema().fields()) {
      json.writeStringField(feature.name(), feature.type().name());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  /** Rows by the query's parameters. */
  HttpResponse get(ServiceRequestContext ctx, AggregatedHttpRequest request) {
    String name = ctx.pathParam("name");
    return answered(name, plan -> parameters(plan, ctx.queryParams()));
  }

  /** Rows by the body. */
  HttpResponse post(ServiceRequestContext ctx, AggregatedHttpRequest request) {
    String name = ctx.pathParam("name");
    byte[] bytes = request.content().array();
    return answered(name, plan -> columns(plan, JsonBody.read(bytes, RowsHttp::rows)));
  }

  private interface Columns {
    Map<String, List<Object>> of(ServePlan plan);
  }

  private HttpResponse answered(String name, Columns columns) {
    long startedNanos = System.nanoTime();
    try {
      FeatureQuery all = serving.query(name, Map.of());
      FeatureQuery query = serving.query(name, columns.of(serving.plan(all)));
      FeatureAnswer answer = serving.answer(query);
      HttpResponse response = Replies.json(json -> write(json, name, answer));
      metrics.answered(API, answer, System.nanoTime() - startedNanos);
      return response;
    } catch (Refusal refusal) {
      metrics.refused(API, refusal, System.nanoTime() - startedNanos);
      throw refusal;
    }
  }

  private static List<Map<String, Object>> rows(JsonBody body) throws IOException {
    List<Map<String, Object>> rows = new ArrayList<>();
    boolean[] found = {false};
    body.object(
        "the body",
        member -> {
          if (!member.equals("rows")) {
            throw body.refusal(
                "the body has no member "
                    + Refusal.shown(member)
                    + "; send {\"rows\": [{\"column\": value, ...}, ...]}");
          }
          found[0] = true;
          if (body.token() != JsonToken.START_ARRAY) {
            throw body.refusal("rows must be a list of objects");
          }
          while (body.next() != JsonToken.END_ARRAY) {
            Map<String, Object> row = new LinkedHashMap<>();
            String place = "rows[" + rows.size() + "]";
            body.object(
                place, name -> row.put(name, body.value(place + "." + Refusal.shown(name))));
            rows.add(row);
          }
        });
    if (!found[0]) {
      throw Refusal.invalid(
          "the body has no rows; send {\"rows\": [{\"column\": value, ...}, ...]}");
    }
    return rows;
  }

  private static Map<String, List<Object>> columns(ServePlan plan, List<Map<String, Object>> rows) {
    Set<String> names = new LinkedHashSet<>();
    rows.forEach(row -> names.addAll(row.keySet()));
    Map<String, List<Object>> columns = new LinkedHashMap<>();
    for (String name : names) {
      List<Object> column = new ArrayList<>(rows.size());
      for (int row = 0; row < rows.size(); row++) {
        if (!rows.get(row).containsKey(name) && plan.requiredColumns().containsKey(name)) {
          throw Refusal.invalid(
              "rows["
                  + row
                  + "] has no "
                  + name
                  + " ("
                  + plan.requiredColumns().get(name)
                  + "); add it, or null if there is none");
        }
        column.add(rows.get(row).get(name));
      }
      columns.put(name, column);
    }
    return columns;
  }

  private static Map<String, List<Object>> parameters(ServePlan plan, QueryParams parameters) {
    Map<String, List<Object>> columns = new LinkedHashMap<>();
    for (String name : parameters.names()) {
      List<Object> column = new ArrayList<>();
      for (String text : parameters.getAll(name)) {
        column.add(
            plan.inputs().indexOf(name).isPresent()
                ? parameter(text, plan.inputs().field(plan.inputs().requireIndexOf(name)).type())
                : text);
      }
      columns.put(name, column);
    }
    return columns;
  }

  /** A parameter as its column's type; left as text where it is none, and refused as that. */
  private static Object parameter(String text, ValueType type) {
    try {
      return switch (type) {
        case INT64 -> (Object) Long.parseLong(text);
        case FLOAT64 -> Double.parseDouble(text);
        case BOOL ->
            text.equals("true") || text.equals("false") ? (Object) text.equals("true") : text;
        case TIMESTAMP -> text.matches("-?\\d{1,18}") ? (Object) Long.parseLong(text) : text;
        default -> text;
      };
    } catch (NumberFormatException e) {
      return text;
    }
  }

  private static void write(JsonGenerator json, String name, FeatureAnswer answer)
      throws IOException {
    json.useDefaultPrettyPrinter();
    json.writeStartObject();
    json.writeStringField("name", name);
    json.writeArrayFieldStart("rows");
    RowSchema inputs = answer.plan().inputs();
    for (int row = 0; row < answer.rows(); row++) {
      json.writeStartObject();
      json.writeObjectFieldStart("keys");
      for (String column : answer.plan().keyColumns()) {
        int index = inputs.requireIndexOf(column);
        json.writeFieldName(column);
        JsonValues.write(
            json, answer.input(row), index, inputs.field(index).type(), TimestampUnit.MILLIS);
      }
      json.writeEndObject();
      json.writeObjectFieldStart("features");
      for (int feature = 0; feature < answer.features(); feature++) {
        writeFeature(json, answer, feature, row);
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeFeature(JsonGenerator json, FeatureAnswer answer, int feature, int row)
      throws IOException {
    json.writeObjectFieldStart(answer.plan().outputs().get(feature).fullName());
    json.writeFieldName("value");
    JsonValues.write(
        json,
        answer.valuesOf(feature, row),
        answer.positionOf(feature),
        answer.type(feature),
        TimestampUnit.MILLIS);
    json.writeStringField("status", answer.status(feature, row).name());
    if (answer.hasEventTime(feature, row)) {
      json.writeStringField("age", age(answer.ageMs(feature, row)));
      json.writeStringField(
          "event_time", Instant.ofEpochMilli(answer.eventTimeMs(feature, row)).toString());
    }
    json.writeEndObject();
  }

  /** An age in the two largest units that say something: {@code 3h 12m}. */
  static String age(long ageMs) {
    Duration age = Duration.ofMillis(Math.abs(ageMs));
    String sign = ageMs < 0 ? "-" : "";
    if (age.toDays() > 0) {
      return sign + age.toDays() + "d " + age.toHoursPart() + "h";
    } else if (age.toHours() > 0) {
      return sign + age.toHours() + "h " + age.toMinutesPart() + "m";
    } else if (age.toMinutes() > 0) {
      return sign + age.toMinutes() + "m " + age.toSecondsPart() + "s";
    }
    return sign + age.toSeconds() + "." + String.format("%03d", age.toMillisPart()) + "s";
  }
}
