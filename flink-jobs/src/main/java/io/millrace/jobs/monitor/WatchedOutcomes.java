package io.millrace.jobs.monitor;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.Outcome;
import io.millrace.inference.drift.DriftOptions;
import io.millrace.inference.drift.DriftTest;
import io.millrace.inference.drift.OutcomeCounts;
import io.millrace.inference.drift.ReferenceProfile;
import java.nio.file.Path;
import java.util.Optional;

/** Outcomes, counted for how well the model foretold; by the time of the request. */
public final class WatchedOutcomes implements Watched<Outcome> {
  private static final long serialVersionUID = 1;

  private final Profiles profiles;

  /**
   * @param models root folder of the models
   * @param paneMs the length of the panes
   */
  public WatchedOutcomes(Path models, long paneMs) {
    this.profiles = new Profiles(models, paneMs);
  }

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
    return profiles.of(model, version).map(profile -> new Counts(profile, model, version));
  }

  private static final class Counts implements Tally<Outcome> {
    private static final DriftTest TEST = new DriftTest(DriftOptions.defaults());

    private final ReferenceProfile profile;
    private final String model;
    private final int version;
    private final OutcomeCounts counts = new OutcomeCounts();

    private Counts(ReferenceProfile profile, String model, int version) {
      this.profile = profile;
      this.model = model;
      this.version = version;
    }

    @Override
    public void add(Outcome row) {
      counts.add(row);
    }

    @Override
    public void merge(byte[] other) {
      counts.merge(OutcomeCounts.fromBytes(other));
    }

    @Override
    public byte[] toBytes() {
      return counts.toBytes();
    }

    @Override
    public Optional<DriftReport> report(long paneStartMs, long paneEndMs) {
      return TEST.performance(profile, model, version, paneStartMs, paneEndMs, counts);
    }
  }
}
