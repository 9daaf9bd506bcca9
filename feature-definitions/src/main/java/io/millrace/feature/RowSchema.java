package io.millrace.feature;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The names and types of the columns of a {@link Row}, in their order. */
public final class RowSchema {
  private final String name;
  private final List<Field> fields;
  private final Map<String, Integer> indexes = new HashMap<>();

  /**
   * @throws IllegalArgumentException if two fields share a name
   */
  public RowSchema(String name, List<Field> fields) {
    this.name = name;
    this.fields = List.copyOf(fields);
    for (int i = 0; i < this.fields.size(); i++) {
      if (indexes.put(this.fields.get(i).name(), i) != null) {
        throw new IllegalArgumentException(
            name + " has two fields named " + this.fields.get(i).name());
      }
    }
  }

  public String name() {
    return name;
  }

  public List<Field> fields() {
    return fields;
  }

  public Field field(int index) {
    return fields.get(index);
  }

  public int size() {
    return fields.size();
  }

  /** The position of the field, or empty if there is none of that name. */
  public OptionalInt indexOf(String field) {
    Integer index = indexes.get(field);
    return index == null ? OptionalInt.empty() : OptionalInt.of(index);
  }

  /**
   * @throws IllegalArgumentException naming the field and those that exist, if there is none
   */
  public int requireIndexOf(String field) {
    return indexOf(field)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    name + " has no field " + field + "; it has " + indexes.keySet()));
  }

  /** This schema with the other's fields after its own. */
  public RowSchema plus(RowSchema other) {
    List<Field> all = new ArrayList<>(fields);
    all.addAll(other.fields);
    return new RowSchema(name, all);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof RowSchema other && name.equals(other.name) && fields.equals(other.fields);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + fields.hashCode();
  }

  @Override
  public String toString() {
    return name + fields;
  }
}
