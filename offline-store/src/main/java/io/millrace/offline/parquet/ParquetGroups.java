package io.millrace.offline.parquet;

import java.util.List;
import java.util.Optional;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapKeyValueTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

/**
 * Lists and maps among the groups of a Parquet schema, as "Nested Types" of the format's
 * LogicalTypes.md has them, old writers' forms included.
 *
 * <pre>
 * group g (LIST)  repeated group x          the item, of any name      three levels, the standard
 * group g (LIST)  repeated item                                        two levels, old writers
 * group g (MAP)   repeated group x          the key, the value, of any names
 * </pre>
 */
final class ParquetGroups {
  private ParquetGroups() {}

  static boolean isList(GroupType group) {
    return group.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation;
  }

  static boolean isMap(GroupType group) {
    LogicalTypeAnnotation logical = group.getLogicalTypeAnnotation();
    return logical instanceof MapLogicalTypeAnnotation
        || logical instanceof MapKeyValueTypeAnnotation;
  }

  /** The path of a list's items below its group; empty if they are groups or lists themselves. */
  static Optional<List<String>> item(GroupType list) {
    Optional<Type> repeated = onlyRepeated(list);
    if (repeated.isEmpty() || repeated.get().isPrimitive()) {
      return repeated.map(item -> List.of(item.getName()));
    }
    GroupType middle = repeated.get().asGroupType();
    // By these names old writers say that the group is the item, and not what holds it.
    boolean isItem =
        middle.getName().equals("array") || middle.getName().equals(list.getName() + "_tuple");
    return isItem || middle.getFieldCount() != 1 || !isPlain(middle.getType(0))
        ? Optional.empty()
        : Optional.of(List.of(middle.getName(), middle.getFieldName(0)));
  }

  /** The paths of a map's keys and values below its group; empty if they are groups or lists. */
  static List<List<String>> keyAndValue(GroupType map) {
    Optional<Type> repeated = onlyRepeated(map);
    if (repeated.isEmpty() || repeated.get().isPrimitive()) {
      return List.of();
    }
    GroupType entry = repeated.get().asGroupType();
    return entry.getFieldCount() == 2 && isPlain(entry.getType(0)) && isPlain(entry.getType(1))
        ? List.of(
            List.of(entry.getName(), entry.getFieldName(0)),
            List.of(entry.getName(), entry.getFieldName(1)))
        : List.of();
  }

  private static Optional<Type> onlyRepeated(GroupType group) {
    return group.getFieldCount() == 1 && group.getType(0).isRepetition(Type.Repetition.REPEATED)
        ? Optional.of(group.getType(0))
        : Optional.empty();
  }

  private static boolean isPlain(Type type) {
    return type.isPrimitive() && !type.isRepetition(Type.Repetition.REPEATED);
  }
}
