package io.millrace.offline.parquet;

import io.millrace.offline.ColumnRoles;
import io.millrace.offline.snapshot.OffsetRange;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.hadoop.api.DelegatingWriteSupport;
import org.apache.parquet.hadoop.api.WriteSupport;

/**
 * Puts into the foot of a file what some columns are, and which offsets its rows come from: that
 * cannot be told from the statistics of a file with rows of several partitions. Not thread-safe.
 *
 * <pre>
 * millrace.time      event_time
 * millrace.entity    carrier,origin
 * millrace.source    source_partition,source_offset
 * millrace.offsets   0:12-90:70;1:5-8:4          partition:first-last:rows
 * </pre>
 */
final class OriginWriteSupport extends DelegatingWriteSupport<GenericRecord> {
  static final String TIME = "millrace.time";
  static final String ENTITY = "millrace.entity";
  static final String SOURCE = "millrace.source";
  static final String OFFSETS = "millrace.offsets";

  private final ColumnRoles roles;
  private final int partition;
  private final int offset;
  private final TreeMap<Integer, Range> ranges = new TreeMap<>();
  // Rows of a partition often follow each other.
  private int lastPartition = -1;
  private Range lastRange;

  OriginWriteSupport(WriteSupport<GenericRecord> delegate, Schema schema, ColumnRoles roles) {
    super(delegate);
    this.roles = roles;
    this.partition = roles.partition().map(name -> schema.getField(name).pos()).orElse(-1);
    this.offset = roles.offset().map(name -> schema.getField(name).pos()).orElse(-1);
  }

  @Override
  public void write(GenericRecord record) {
    super.write(record);
    if (partition >= 0) {
      int of = ((Number) record.get(partition)).intValue();
      if (of != lastPartition) {
        lastRange = ranges.computeIfAbsent(of, key -> new Range());
        lastPartition = of;
      }
      lastRange.add(((Number) record.get(offset)).longValue());
    }
  }

  @Override
  public FinalizedWriteContext finalizeWrite() {
    Map<String, String> meta = new HashMap<>(super.finalizeWrite().getExtraMetaData());
    roles.time().ifPresent(name -> meta.put(TIME, name));
    if (!roles.entity().isEmpty()) {
      meta.put(ENTITY, String.join(",", roles.entity()));
    }
    if (partition >= 0) {
      meta.put(SOURCE, roles.partition().orElseThrow() + "," + roles.offset().orElseThrow());
      StringBuilder text = new StringBuilder();
      ranges.forEach(
          (of, range) ->
              text.append(text.length() == 0 ? "" : ";")
                  .append(of + ":" + range.first + "-" + range.last + ":" + range.rows));
      meta.put(OFFSETS, text.toString());
    }
    return new FinalizedWriteContext(meta);
  }

  /** What {@link #OFFSETS} says. */
  static TreeMap<Integer, OffsetRange> offsets(String text) {
    TreeMap<Integer, OffsetRange> offsets = new TreeMap<>();
    if (!text.isEmpty()) {
      for (String part : text.split(";", -1)) {
        String[] words = part.split("[:-]", -1);
        offsets.put(
            Integer.valueOf(words[0]),
            new OffsetRange(
                Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])));
      }
    }
    return offsets;
  }

  private static final class Range {
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;
    private long rows;

    private void add(long offset) {
      first = Math.min(first, offset);
      last = Math.max(last, offset);
      rows++;
    }
  }
}
