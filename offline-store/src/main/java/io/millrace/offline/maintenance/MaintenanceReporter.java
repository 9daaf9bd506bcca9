package io.millrace.offline.maintenance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.offline.snapshot.Manifest;
import io.millrace.offline.snapshot.Snapshot;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Says what was done to a table: a line of text, or of JSON. Not thread-safe. */
public final class MaintenanceReporter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final boolean json;
  private final Consumer<String> lines;

  public MaintenanceReporter(boolean json, Consumer<String> lines) {
    this.json = json;
    this.lines = lines;
  }

  void noSnapshot(String table) {
    if (!json) {
      lines.accept(table + ": no snapshot yet");
    }
  }

  void snapshot(String table, Manifest manifest) {
    String watermark =
        manifest.watermarkMs().isPresent()
            ? Instant.ofEpochMilli(manifest.watermarkMs().getAsLong()).toString()
            : null;
    if (json) {
      ObjectNode line = JSON.createObjectNode();
      line.put("table", table)
          .put("snapshot", manifest.id())
          .put("parent", manifest.parent())
          .put("at", manifest.at().toString())
          .put("operation", manifest.operation())
          .put("files", manifest.fileCount())
          .put("rows", manifest.rows())
          .put("bytes", manifest.bytes())
          .put("watermark", watermark);
      ObjectNode offsets = line.putObject("offsets");
      manifest
          .offsets()
          .forEach(
              (partition, range) ->
                  offsets
                      .putObject(partition.toString())
                      .put("first", range.first())
                      .put("last", range.last())
                      .put("rows", range.rows()));
      object(line);
    } else {
      text(
          "%s %d %s %s: %+,d -%,d files; now %,d files, %,d rows, %,d bytes%s",
          table,
          manifest.id(),
          manifest.at(),
          manifest.operation(),
          manifest.added().size(),
          manifest.removed().size(),
          manifest.fileCount(),
          manifest.rows(),
          manifest.bytes(),
          watermark == null ? "" : ", all before " + watermark);
    }
  }

  void adopted(String table, int files) {
    if (json) {
      object(Map.of("table", table, "adopted", files));
    } else {
      lines.accept(table + ": " + files + " files adopted");
    }
  }

  void compacted(CompactionReport report) {
    if (json) {
      object(report);
    } else {
      text(
          "%s: %,d files of %,d bytes became %,d of %,d, %,d rows; %,d small files left",
          report.table(),
          report.filesBefore(),
          report.bytesBefore(),
          report.filesAfter(),
          report.bytesAfter(),
          report.rows(),
          report.leftAlone());
    }
  }

  void expired(ExpiryReport report) {
    if (json) {
      object(report);
    } else {
      text(
          "%s: %,d snapshots expired, the oldest is %d; %,d files deleted (%,d bytes),"
              + " %,d wait for their grace",
          report.table(),
          report.expired(),
          report.oldest(),
          report.filesDeleted(),
          report.bytesDeleted(),
          report.filesWaiting());
    }
  }

  void verified(VerificationReport report) {
    if (json) {
      object(report);
      return;
    }
    text(
        "%s snapshot %d: %,d files, %,d bytes, %,d rows; of %,d partitions %,d offsets twice,"
            + " %,d not here: %s",
        report.table(),
        report.snapshot(),
        report.files(),
        report.bytes(),
        report.rows(),
        report.partitions(),
        report.doubles(),
        report.missing(),
        report.problems().isEmpty() ? "right" : report.problems().size() + " problems");
    report.problems().forEach(problem -> lines.accept("  " + problem));
    report.remarks().forEach(remark -> lines.accept("  (" + remark + ")"));
  }

  void fetched(String table, Snapshot snapshot, long files, long bytes) {
    if (json) {
      object(
          Map.of(
              "table",
              table,
              "snapshot",
              snapshot.id(),
              "filesCopied",
              files,
              "bytesCopied",
              bytes,
              "rows",
              snapshot.rows()));
    } else {
      text(
          "%s snapshot %d: %,d files, %,d rows; %,d files copied (%,d bytes)",
          table, snapshot.id(), snapshot.files().size(), snapshot.rows(), files, bytes);
    }
  }

  private void text(String format, Object... values) {
    lines.accept(String.format(Locale.ROOT, format, values));
  }

  private void object(Object value) {
    try {
      lines.accept(JSON.writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report cannot be written as JSON", e);
    }
  }
}
