package io.millrace.offline.parquet;

import io.millrace.feature.Values;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.impl.ColumnWriteStoreV1;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;

/**
 * Writes rows of many columns to one Parquet file without an object for each value: ZSTD,
 * statistics, page index, checksums, {@value #GROUP_ROWS} rows a group. The same rows make the same
 * bytes, in any process. Not thread-safe.
 *
 * <pre>
 * try (ValuesWriter file = ValuesWriter.create(columns, path)) {
 *   file.write(spineRow, vector);   // the columns of the first, then those of the second
 * }
 * </pre>
 */
public final class ValuesWriter implements AutoCloseable {
  static final int GROUP_ROWS = 1 << 16;

  private static final int PAGE_BYTES = 256 << 10;
  private static final int DICTIONARY_BYTES = 256 << 10;
  private static final CompressionCodecName CODEC = CompressionCodecName.ZSTD;

  private final List<OutputColumn> columns;
  private final MessageType schema;
  // The text columns whose values seldom repeat, as the groups before have shown.
  private final Set<String> plain = new HashSet<>();
  private final ParquetProperties properties;
  private final CodecFactory codecs;
  private final OutputStream out;
  private final StreamOutputFile place;
  private final ParquetFileWriter file;
  private final Leaf[] leaves;
  private ColumnChunkPageWriteStore pages;
  private ColumnWriteStoreV1 group;
  private long groupRows;
  private boolean ended;

  private ValuesWriter(List<OutputColumn> columns, OutputStream out) throws IOException {
    this.columns = List.copyOf(columns);
    this.out = out;
    this.schema = new MessageType("row", columns.stream().map(OutputColumn::parquet).toList());
    this.properties = properties();
    this.codecs = new CodecFactory(new PlainParquetConfiguration(), PAGE_BYTES);
    this.leaves = new Leaf[columns.size()];
    this.place = new StreamOutputFile(out);
    this.file =
        new ParquetFileWriter(
            place, schema, ParquetFileWriter.Mode.CREATE, Long.MAX_VALUE / 2, 0, null, properties);
    file.start();
  }

  private ParquetProperties properties() {
    ParquetProperties.Builder builder =
        ParquetProperties.builder()
            .withPageSize(PAGE_BYTES)
            .withDictionaryPageSize(DICTIONARY_BYTES)
            .withPageWriteChecksumEnabled(true);
    for (OutputColumn column : columns) {
      // Means and ratios seldom repeat, and looking each up costs more than it saves.
      if (column.kind() == OutputColumn.Kind.FLOAT64 || plain.contains(column.name())) {
        builder.withDictionaryEncoding(column.name(), false);
      }
    }
    return builder.build();
  }

  /**
   * Writes a new file. It is whole only after {@link #close}.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is one
   */
  public static ValuesWriter create(List<OutputColumn> columns, Path path) throws IOException {
    return create(columns, Files.newOutputStream(path, StandardOpenOption.CREATE_NEW));
  }

  /**
   * Writes a file to a stream, which is closed with it.
   *
   * @param to at the file's beginning
   */
  public static ValuesWriter create(List<OutputColumn> columns, OutputStream to)
      throws IOException {
    OutputStream out = new BufferedOutputStream(to, 256 << 10);
    try {
      return new ValuesWriter(columns, out);
    } catch (IOException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  /** Adds a row whose columns lie in two parts. After an exception the file is lost. */
  public void write(Values first, Values second) throws IOException {
    if (group == null) {
      begin();
    }
    int own = first.size();
    for (int i = 0; i < own; i++) {
      leaves[i].write(first, i);
    }
    for (int i = own; i < leaves.length; i++) {
      leaves[i].write(second, i - own);
    }
    group.endRecord();
    if (++groupRows == GROUP_ROWS) {
      end();
    }
  }

  /** Ends the file; without rows it has its columns all the same. */
  @Override
  public void close() throws IOException {
    if (ended) {
      return;
    }
    ended = true;
    try (OutputStream closed = out) {
      if (group != null) {
        end();
      }
      ByteArrayOutputStream end = new ByteArrayOutputStream();
      place.divertTo(end);
      file.end(Map.of());
      OrderedFooter.write(end.toByteArray(), out);
    } finally {
      codecs.release();
    }
  }

  private void begin() {
    pages =
        new ColumnChunkPageWriteStore(
            codecs.getCompressor(CODEC),
            schema,
            HeapByteBufferAllocator.getInstance(),
            properties.getColumnIndexTruncateLength(),
            true);
    group = new ColumnWriteStoreV1(schema, pages, pages, properties());
    int next = 0;
    for (int i = 0; i < leaves.length; i++) {
      ColumnWriter writer = group.getColumnWriter(schema.getColumns().get(next++));
      leaves[i] =
          columns.get(i).kind() == OutputColumn.Kind.FLOAT64_MAP
              ? new MapLeaf(writer, group.getColumnWriter(schema.getColumns().get(next++)))
              : leaf(columns.get(i).kind(), writer);
    }
  }

  private void end() throws IOException {
    file.startBlock(groupRows);
    group.flush();
    pages.flushToFileWriter(file);
    file.endBlock();
    group.close();
    pages.close();
    for (int i = 0; i < leaves.length; i++) {
      if (leaves[i] instanceof TextLeaf text && text.seldomRepeats(groupRows)) {
        plain.add(columns.get(i).name());
      }
    }
    group = null;
    groupRows = 0;
  }

  /** How one column's values are written; which way is decided once. */
  private interface Leaf {
    void write(Values row, int index);
  }

  private static Leaf leaf(OutputColumn.Kind kind, ColumnWriter to) {
    return switch (kind) {
      case INT64, MILLIS, MICROS ->
          (row, i) -> {
            if (row.isNull(i)) {
              to.writeNull(0, 0);
            } else {
              to.write(row.longAt(i), 0, 1);
            }
          };
      case DATE ->
          (row, i) -> {
            if (row.isNull(i)) {
              to.writeNull(0, 0);
            } else {
              to.write(Math.toIntExact(row.longAt(i)), 0, 1);
            }
          };
      case FLOAT64 ->
          (row, i) -> {
            if (row.isNull(i)) {
              to.writeNull(0, 0);
            } else {
              to.write(row.doubleAt(i), 0, 1);
            }
          };
      case BOOL ->
          (row, i) -> {
            if (row.isNull(i)) {
              to.writeNull(0, 0);
            } else {
              to.write(row.booleanAt(i), 0, 1);
            }
          };
      case STRING -> new TextLeaf(to);
      case INT64_LIST, FLOAT64_LIST, STRING_LIST -> new ListLeaf(kind, to);
      case FLOAT64_MAP -> throw new IllegalArgumentException("a map has two leaves");
    };
  }

  /** Texts that come again soon are made to bytes once. */
  private static final class TextLeaf implements Leaf {
    private static final int KEPT = 1024;

    private final ColumnWriter to;
    private final String[] texts = new String[KEPT];
    private final Binary[] bytes = new Binary[KEPT];
    // Linear counting: about as many bits as there are different texts.
    private final BitSet seen = new BitSet(2 * GROUP_ROWS);

    TextLeaf(ColumnWriter to) {
      this.to = to;
    }

    @Override
    public void write(Values row, int index) {
      if (row.isNull(index)) {
        to.writeNull(0, 0);
        return;
      }
      String text = row.textAt(index);
      int hash = text.hashCode();
      int slot = (hash ^ (hash >>> 10)) & (KEPT - 1);
      if (!text.equals(texts[slot])) {
        texts[slot] = text;
        bytes[slot] = binary(text);
        seen.set((hash ^ (hash >>> 15)) & (2 * GROUP_ROWS - 1));
      }
      to.write(bytes[slot], 0, 1);
    }

    /** Then a dictionary would grow until it is given up. */
    boolean seldomRepeats(long rows) {
      return seen.cardinality() * 4L > rows;
    }
  }

  private static Binary binary(String text) {
    return Binary.fromConstantByteArray(text.getBytes(StandardCharsets.UTF_8));
  }

  private record ListLeaf(OutputColumn.Kind kind, ColumnWriter to) implements Leaf {
    @Override
    public void write(Values row, int index) {
      if (row.isNull(index)) {
        to.writeNull(0, 0);
        return;
      }
      List<?> items = (List<?>) row.objectAt(index);
      if (items.isEmpty()) {
        to.writeNull(0, 1);
      }
      for (int i = 0; i < items.size(); i++) {
        int repetition = i == 0 ? 0 : 1;
        switch (kind) {
          case INT64_LIST -> to.write((Long) items.get(i), repetition, 2);
          case FLOAT64_LIST -> to.write((Double) items.get(i), repetition, 2);
          default -> to.write(binary((String) items.get(i)), repetition, 2);
        }
      }
    }
  }

  private record MapLeaf(ColumnWriter keys, ColumnWriter values) implements Leaf {
    @Override
    public void write(Values row, int index) {
      Map<?, ?> entries = row.isNull(index) ? Map.of() : (Map<?, ?>) row.objectAt(index);
      if (entries.isEmpty()) {
        int definition = row.isNull(index) ? 0 : 1;
        keys.writeNull(0, definition);
        values.writeNull(0, definition);
      }
      int repetition = 0;
      for (Map.Entry<?, ?> entry : entries.entrySet()) {
        keys.write(binary((String) entry.getKey()), repetition, 2);
        values.write((Double) entry.getValue(), repetition, 2);
        repetition = 1;
      }
    }
  }
}
