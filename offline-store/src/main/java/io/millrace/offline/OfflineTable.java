package io.millrace.offline;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;

/**
 * One table of the offline store: where its files lie, what their columns are, and how a row
 * becomes a record of them. {@link OfflineTables} makes them. Immutable and thread-safe.
 *
 * <pre>
 * &lt;root&gt; / table.folder() / table.partition(row) / any name
 * </pre>
 *
 * @param <T> what a row is made from
 */
public final class OfflineTable<T> {
  private final String name;
  private final String folder;
  private final Schema schema;
  private final ColumnRoles roles;
  private final ToLongFunction<T> timeMs;
  private final Function<T, GenericRecord> record;
  // Rows of a day follow each other; who sees an older one makes another that is equal.
  private Day lastDay = new Day(Long.MIN_VALUE, "");

  /** A day since 1970, and where its files lie below the store's root. */
  private record Day(long number, String path) {}

  OfflineTable(
      String name,
      String folder,
      Schema schema,
      ColumnRoles roles,
      ToLongFunction<T> timeMs,
      Function<T, GenericRecord> record) {
    this.name = name;
    this.folder = folder;
    this.schema = schema;
    this.roles = roles;
    roles.requireIn(schema);
    this.timeMs = timeMs;
    this.record = record;
  }

  /** How queries call it. */
  public String name() {
    return name;
  }

  /** The folder of its files below the store's root, with slashes. */
  public String folder() {
    return folder;
  }

  /** The columns of its files. */
  public Schema schema() {
    return schema;
  }

  /** What some of the columns are. */
  public ColumnRoles roles() {
    return roles;
  }

  /** The record that is written for a row; belongs to the caller. */
  public GenericRecord record(T row) {
    return record.apply(row);
  }

  /** The folder of a row's day below the table's: {@code dt=2008-03-09}. */
  public String partition(T row) {
    return partitionOf(timeMs.applyAsLong(row));
  }

  /** The folder of a row's day below the store's root: {@code events/arrived/dt=2008-03-09}. */
  public String path(T row) {
    long number = Math.floorDiv(timeMs.applyAsLong(row), 86_400_000L);
    Day day = lastDay;
    if (day.number() != number) {
      day = new Day(number, folder + "/" + partitionOf(LocalDate.ofEpochDay(number)));
      lastDay = day;
    }
    return day.path();
  }

  /** The folder of the UTC day that an instant lies in: {@code dt=2008-03-09}. */
  public static String partitionOf(long timeMs) {
    return partitionOf(LocalDate.ofInstant(Instant.ofEpochMilli(timeMs), ZoneOffset.UTC));
  }

  static String partitionOf(LocalDate day) {
    return OfflineStore.PARTITION_PREFIX + day;
  }

  @Override
  public String toString() {
    return name + " in " + folder;
  }
}
