package io.millrace.offline.parquet;

import io.millrace.offline.ColumnRoles;
import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.OffsetRange;
import io.millrace.offline.snapshot.StoreFiles;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.statistics.LongStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;

/** What the foot of a Parquet file tells a manifest. Stateless. */
public final class DataFiles {
  /**
   * A file and its schema.
   *
   * @param schema the schema's text, whose id the file has
   * @param roles what some columns are; nothing, of a file that others wrote
   * @param plainBytes how large the values are when they are not compressed
   * @param ours whether the store wrote it
   */
  public record Described(
      DataFile file, String schema, ColumnRoles roles, long plainBytes, boolean ours) {}

  private static final String DAY = "dt=";

  private DataFiles() {}

  /**
   * Reads the foot of a file on a file system.
   *
   * @param path where the file lies in its table, with its shown name
   * @param file where it is now
   * @throws OfflineException if it is no whole Parquet file
   */
  public static Described describe(String path, Path file) {
    try {
      return describe(path, Files.size(file), new LocalInputFile(file));
    } catch (IOException e) {
      throw notWhole(file.toString(), e);
    }
  }

  /**
   * Reads the foot of a file wherever it lies.
   *
   * @param path where the file lies in its table, with its shown name
   * @param files the table's
   * @throws OfflineException if it is no whole Parquet file
   */
  public static Described describe(String path, StoreFiles files) {
    String place = files.place() + "/" + path;
    try (SeekableByteChannel channel = files.open(path)) {
      return describe(path, channel.size(), new ChannelInputFile(place, channel));
    } catch (IOException e) {
      throw notWhole(place, e);
    }
  }

  /** The change that adds files. */
  public static Change append(List<Described> described) {
    Map<String, String> schemas = new TreeMap<>();
    described.forEach(one -> schemas.put(one.file().schema(), one.schema()));
    return Change.append(described.stream().map(Described::file).toList(), schemas);
  }

  /**
   * The same change with all files that lie in the table's folders of days and that everyone sees.
   *
   * @param committed paths of files that are left out, since they are in a snapshot
   * @throws OfflineException if one of them is no whole Parquet file
   */
  public static Change withAllOf(Change change, Set<String> committed, StoreFiles files) {
    Set<String> known = new HashSet<>(committed);
    change.added().forEach(file -> known.add(file.path()));
    List<Described> earlier = new ArrayList<>();
    for (String path : shown(files)) {
      if (!known.contains(path)) {
        earlier.add(describe(path, files));
      }
    }
    return earlier.isEmpty() ? change : change.with(append(earlier));
  }

  /**
   * The paths of all files that lie in a table's folders of days and that everyone sees, in their
   * order.
   *
   * @throws OfflineException if the table cannot be listed
   */
  public static List<String> shown(StoreFiles files) {
    List<String> paths = new ArrayList<>();
    try {
      for (String day : files.list("")) {
        if (!day.startsWith(DAY)) {
          continue;
        }
        for (String name : files.list(day)) {
          if (ParquetFiles.isData(name)) {
            paths.add(day + "/" + name);
          }
        }
      }
    } catch (IOException e) {
      throw new OfflineException("the table at " + files.place() + " cannot be listed: " + e, e);
    }
    paths.sort(Comparator.naturalOrder());
    return paths;
  }

  private static Described describe(String path, long bytes, InputFile input) {
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration()).build();
    try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
      ParquetMetadata foot = reader.getFooter();
      Map<String, String> meta = foot.getFileMetaData().getKeyValueMetaData();
      ColumnRoles roles = roles(meta);
      MessageType message = foot.getFileMetaData().getSchema();
      String schema = message.toString();
      long[] times = {Long.MAX_VALUE, Long.MIN_VALUE};
      roles.time().ifPresent(column -> bound(foot, column, times));
      SortedMap<Integer, OffsetRange> offsets =
          OriginWriteSupport.offsets(meta.getOrDefault(OriginWriteSupport.OFFSETS, ""));
      return new Described(
          new DataFile(
              path, bytes, reader.getRecordCount(), idOf(schema), times[0], times[1], offsets),
          schema,
          roles,
          foot.getBlocks().stream().mapToLong(BlockMetaData::getTotalByteSize).sum(),
          meta.containsKey(FileMerge.AVRO_SCHEMA));
    } catch (IOException | RuntimeException e) {
      throw notWhole(input.toString(), e);
    }
  }

  static ColumnRoles roles(Map<String, String> meta) {
    List<String> entity = list(meta.get(OriginWriteSupport.ENTITY));
    List<String> source = list(meta.get(OriginWriteSupport.SOURCE));
    boolean read = source.size() == 2;
    return new ColumnRoles(
        Optional.ofNullable(meta.get(OriginWriteSupport.TIME)),
        entity,
        read ? Optional.of(source.get(0)) : Optional.empty(),
        read ? Optional.of(source.get(1)) : Optional.empty());
  }

  private static List<String> list(String text) {
    return text == null || text.isEmpty() ? List.of() : List.of(text.split(",", -1));
  }

  /** Widens the bounds by the column's statistics; unknown ones make them unknown. */
  private static void bound(ParquetMetadata foot, String column, long[] bounds) {
    for (BlockMetaData group : foot.getBlocks()) {
      for (ColumnChunkMetaData chunk : group.getColumns()) {
        if (chunk.getPath().toDotString().equals(column)) {
          Statistics<?> statistics = chunk.getStatistics();
          if (statistics instanceof LongStatistics longs && longs.hasNonNullValue()) {
            long perMs = unitsPerMs(chunk.getPrimitiveType());
            bounds[0] = Math.min(bounds[0], Math.floorDiv(longs.getMin(), perMs));
            bounds[1] = Math.max(bounds[1], Math.floorDiv(longs.getMax(), perMs));
          }
        }
      }
    }
  }

  private static long unitsPerMs(PrimitiveType column) {
    return column.getLogicalTypeAnnotation() instanceof TimestampLogicalTypeAnnotation
        ? ParquetColumns.unitsPerMs(column)
        : 1;
  }

  private static String idOf(String schema) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(schema.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static OfflineException notWhole(String place, Exception e) {
    return new OfflineException(
        place
            + " is not a whole Parquet file ("
            + e.getMessage()
            + "); put it back from a copy, or take it out of the folder",
        e);
  }
}
