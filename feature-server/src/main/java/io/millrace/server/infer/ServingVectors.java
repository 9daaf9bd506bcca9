package io.millrace.server.infer;

import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.online.ValueStatus;
import io.millrace.server.serve.FeatureAnswer;
import io.millrace.server.serve.FeatureQuery;
import io.millrace.server.serve.FeatureServing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Vectors as the feature server answers them. Thread-safe. */
final class ServingVectors implements Vectors {
  private final FeatureServing serving;

  ServingVectors(FeatureServing serving) {
    this.serving = serving;
  }

  @Override
  public RowSchema requestColumns(String service) {
    return serving.plan(service).inputs();
  }

  @Override
  public List<String> keyColumns(String service) {
    return List.copyOf(serving.plan(service).keyColumns());
  }

  @Override
  public Read read(String service, Set<String> given, List<Values> requests) {
    RowSchema schema = requestColumns(service);
    Map<String, List<Object>> columns = new LinkedHashMap<>();
    for (String name : given) {
      int index = schema.requireIndexOf(name);
      ValueType type = schema.field(index).type();
      List<Object> column = new ArrayList<>(requests.size());
      for (Values request : requests) {
        Object value = request.boxedAt(index, type);
        column.add(
            type == ValueType.TIMESTAMP && value != null
                ? Instant.ofEpochMilli((Long) value)
                : value);
      }
      columns.put(name, column);
    }
    FeatureAnswer answer = serving.answer(FeatureQuery.ofService(service, columns));
    List<Values> vectors = new ArrayList<>(answer.rows());
    List<ValueStatus[]> statuses = new ArrayList<>(answer.rows());
    for (int row = 0; row < answer.rows(); row++) {
      vectors.add(answer.vector(row));
      ValueStatus[] of = new ValueStatus[answer.features()];
      for (int feature = 0; feature < of.length; feature++) {
        of[feature] = answer.status(feature, row);
      }
      statuses.add(of);
    }
    return new Read(answer.plan().vectorSchema(), vectors, statuses);
  }
}
