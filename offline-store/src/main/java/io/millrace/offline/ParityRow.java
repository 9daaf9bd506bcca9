package io.millrace.offline;

import io.millrace.feature.loop.ParityReport;
import io.millrace.feature.loop.ParityReport.DifferentValue;
import io.millrace.feature.loop.ParityReport.FeatureParity;
import io.millrace.feature.loop.ParityReport.Mismatch;
import io.millrace.feature.loop.ParityReport.ReasonCount;
import io.millrace.schema.RecordMapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A line of a {@link ParityReport}, flat, as analysts query it.
 *
 * <pre>
 * kind     name        predictions, compared, equal, mismatched, skipped   the rest
 * ROUND    the service all of the round                                    -
 * REASON   the reason  mismatched                                          -
 * FEATURE  the feature compared, equal, mismatched                         -
 * VALUE    the feature mismatched: 1                                       one value of an example
 * </pre>
 *
 * @param predictionId empty but of a VALUE, as all that follow
 */
public record ParityRow(
    String service,
    long round,
    long afterMs,
    long untilMs,
    long atMs,
    Kind kind,
    String name,
    long predictions,
    long compared,
    long equal,
    long mismatched,
    long skipped,
    Optional<String> predictionId,
    Optional<String> model,
    Optional<String> reason,
    Optional<String> evidence,
    Optional<String> key,
    Optional<String> served,
    Optional<String> recomputed) {
  static final RecordMapping<ParityRow> MAPPING = RecordMapping.of(ParityRow.class);

  /** What a line is about. */
  public enum Kind {
    ROUND,
    REASON,
    FEATURE,
    VALUE
  }

  /** The lines of a report. */
  public static List<ParityRow> of(ParityReport report) {
    List<ParityRow> rows = new ArrayList<>();
    rows.add(
        counts(
            report,
            Kind.ROUND,
            report.service(),
            new long[] {
              report.predictions(),
              report.compared(),
              report.equal(),
              report.mismatched(),
              report.skipped()
            }));
    for (ReasonCount reason : report.reasons()) {
      rows.add(
          counts(
              report,
              Kind.REASON,
              reason.reason().name(),
              new long[] {0, 0, 0, reason.count(), 0}));
    }
    for (FeatureParity feature : report.features()) {
      long equal = feature.compared() - feature.mismatched();
      rows.add(
          counts(
              report,
              Kind.FEATURE,
              feature.feature(),
              new long[] {0, feature.compared(), equal, feature.mismatched(), 0}));
    }
    for (Mismatch example : report.examples()) {
      if (example.values().isEmpty()) {
        rows.add(
            value(report, example, new DifferentValue("", "", Optional.empty(), Optional.empty())));
      }
      example.values().forEach(value -> rows.add(value(report, example, value)));
    }
    return rows;
  }

  private static ParityRow counts(ParityReport report, Kind kind, String name, long[] counts) {
    return new ParityRow(
        report.service(),
        report.round(),
        report.afterMs(),
        report.untilMs(),
        report.atMs(),
        kind,
        name,
        counts[0],
        counts[1],
        counts[2],
        counts[3],
        counts[4],
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static ParityRow value(ParityReport report, Mismatch example, DifferentValue value) {
    return new ParityRow(
        report.service(),
        report.round(),
        report.afterMs(),
        report.untilMs(),
        report.atMs(),
        Kind.VALUE,
        value.feature(),
        0,
        0,
        0,
        1,
        0,
        Optional.of(example.predictionId()),
        Optional.of(example.model() + "/" + example.modelVersion()),
        Optional.of(example.reason().name()),
        Optional.of(example.evidence()),
        Optional.of(value.key()),
        value.served(),
        value.recomputed());
  }
}
