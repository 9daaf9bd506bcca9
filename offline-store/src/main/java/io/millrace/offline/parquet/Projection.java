package io.millrace.offline.parquet;

import io.millrace.feature.RowSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.schema.Type;

/** The part of a Parquet type that holds the chosen columns. */
final class Projection {
  private Projection() {}

  /** The type without columns whose dotted path the schema does not name; null if none is left. */
  static Type of(Type type, List<String> above, RowSchema chosen) {
    List<String> path = new ArrayList<>(above);
    path.add(type.getName());
    if (chosen.indexOf(String.join(".", path)).isPresent()) {
      return type; // of a list or map the whole group
    }
    if (type.isPrimitive()) {
      return null;
    }
    List<Type> kept = new ArrayList<>();
    for (Type child : type.asGroupType().getFields()) {
      Type part = of(child, path, chosen);
      if (part != null) {
        kept.add(part);
      }
    }
    return kept.isEmpty() ? null : type.asGroupType().withNewFields(kept);
  }
}
