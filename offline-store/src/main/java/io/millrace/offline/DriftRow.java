package io.millrace.offline;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.Performance;
import io.millrace.schema.RecordMapping;
import java.util.List;
import java.util.Optional;

/**
 * A line of a {@link DriftReport}, flat, as analysts query it: the report's own columns, and either
 * one feature's or the performance's.
 *
 * @param kind INPUTS or PERFORMANCE
 * @param drift empty for PERFORMANCE
 * @param performance empty for INPUTS
 */
public record DriftRow(
    String model,
    int modelVersion,
    long paneStartMs,
    long paneEndMs,
    long rows,
    DriftReport.Kind kind,
    Optional<FeatureDrift> drift,
    Optional<Performance> performance) {
  static final RecordMapping<DriftRow> MAPPING = RecordMapping.of(DriftRow.class);

  /** The lines of a report. */
  public static List<DriftRow> of(DriftReport report) {
    return report.kind() == DriftReport.Kind.PERFORMANCE
        ? List.of(line(report, Optional.empty(), report.performance()))
        : report.features().stream()
            .map(feature -> line(report, Optional.of(feature), Optional.empty()))
            .toList();
  }

  private static DriftRow line(
      DriftReport report, Optional<FeatureDrift> drift, Optional<Performance> performance) {
    return new DriftRow(
        report.model(),
        report.modelVersion(),
        report.paneStartMs(),
        report.paneEndMs(),
        report.rows(),
        report.kind(),
        drift,
        performance);
  }
}
