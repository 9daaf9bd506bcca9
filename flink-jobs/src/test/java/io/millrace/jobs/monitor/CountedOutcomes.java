package io.millrace.jobs.monitor;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.Performance;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Counts rows and the sum of scores in hundredths; version 9 has no reference. */
final class CountedOutcomes implements Watched<Outcome> {
  private static final long serialVersionUID = 1;

  @Override
  public String model(Outcome row) {
    return row.model();
  }

  @Override
  public int version(Outcome row) {
    return row.modelVersion();
  }

  @Override
  public long timeMs(Outcome row) {
    return row.requestTimeMs();
  }

  @Override
  public Optional<Tally<Outcome>> tally(String model, int version) {
    return version == 9 ? Optional.empty() : Optional.of(new Sum(model, version));
  }

  private static final class Sum implements Tally<Outcome> {
    private final String model;
    private final int version;
    private long rows;
    private long answered;
    private long hundredths;

    private Sum(String model, int version) {
      this.model = model;
      this.version = version;
    }

    @Override
    public void add(Outcome row) {
      rows++;
      answered += row.status() == Outcome.Status.UNANSWERED ? 0 : 1;
      hundredths += Math.round(row.score() * 100);
    }

    @Override
    public void merge(byte[] counts) {
      ByteBuffer in = ByteBuffer.wrap(counts);
      rows += in.getLong();
      answered += in.getLong();
      hundredths += in.getLong();
    }

    @Override
    public byte[] toBytes() {
      return ByteBuffer.allocate(24).putLong(rows).putLong(answered).putLong(hundredths).array();
    }

    @Override
    public Optional<DriftReport> report(long paneStartMs, long paneEndMs) {
      return Optional.of(
          new DriftReport(
              model,
              version,
              paneStartMs,
              paneEndMs,
              rows,
              DriftReport.Kind.PERFORMANCE,
              List.of(),
              Optional.of(
                  new Performance(rows, answered, 0, hundredths, 0.5, 0.5, 0.5, 0.5, 0.5, false))));
    }
  }
}
