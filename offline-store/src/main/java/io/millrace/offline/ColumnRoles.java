package io.millrace.offline;

import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;

/**
 * What some columns of a table are, for those who know the file alone: compaction sorts by them,
 * manifests hold their bounds.
 *
 * @param time the event time; empty if the rows have none
 * @param entity whom a row is about; rows are sorted by it first
 * @param partition the source partition that a row was read from, together with the offset
 * @param offset its offset there
 */
public record ColumnRoles(
    Optional<String> time,
    List<String> entity,
    Optional<String> partition,
    Optional<String> offset) {
  /** Of a table that nothing is known of. */
  public static final ColumnRoles NONE =
      new ColumnRoles(Optional.empty(), List.of(), Optional.empty(), Optional.empty());

  public ColumnRoles {
    entity = List.copyOf(entity);
    if (partition.isPresent() != offset.isPresent()) {
      throw new IllegalArgumentException(
          "a row has a source partition and an offset, or neither, but these are "
              + partition
              + " and "
              + offset);
    }
  }

  /** Rows of an entity as of a time. */
  public static ColumnRoles of(String time, String... entity) {
    return new ColumnRoles(Optional.of(time), List.of(entity), Optional.empty(), Optional.empty());
  }

  /** Rows that are read one from one record. */
  public ColumnRoles readFrom(String partitionColumn, String offsetColumn) {
    return new ColumnRoles(time, entity, Optional.of(partitionColumn), Optional.of(offsetColumn));
  }

  /** Rows about an entity. */
  public ColumnRoles about(List<String> entityColumns) {
    return new ColumnRoles(time, entityColumns, partition, offset);
  }

  /**
   * @throws IllegalArgumentException naming the column, if the schema does not have it
   */
  void requireIn(Schema schema) {
    time.ifPresent(name -> require(schema, name));
    entity.forEach(name -> require(schema, name));
    partition.ifPresent(name -> require(schema, name));
    offset.ifPresent(name -> require(schema, name));
  }

  private static void require(Schema schema, String name) {
    if (schema.getField(name) == null) {
      throw new IllegalArgumentException(
          "there is no column " + name + " in " + schema.getFields());
    }
  }
}
