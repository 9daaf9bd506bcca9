package io.millrace.jobs.monitor;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.DriftReport;
import io.millrace.inference.drift.DriftOptions;
import io.millrace.inference.drift.DriftTest;
import io.millrace.inference.drift.PaneCounts;
import io.millrace.inference.drift.ReferenceProfile;
import java.nio.file.Path;
import java.util.Optional;

/** Predictions, counted for what the model sees and answers. */
public final class WatchedPredictions implements Watched<Prediction> {
  private static final long serialVersionUID = 1;

  private final Profiles profiles;

  /**
   * @param models root folder of the models
   * @param paneMs the length of the panes
   */
  public WatchedPredictions(Path models, long paneMs) {
    this.profiles = new Profiles(models, paneMs);
  }

  @Override
  public String model(Prediction row) {
    return row.model();
  }

  @Override
  public int version(Prediction row) {
    return row.modelVersion();
  }

  @Override
  public long timeMs(Prediction row) {
    return row.requestTimeMs();
  }

  @Override
  public Optional<Tally<Prediction>> tally(String model, int version) {
    return profiles.of(model, version).map(profile -> new Counts(profile, model, version));
  }

  private static final class Counts implements Tally<Prediction> {
    private static final DriftTest TEST = new DriftTest(DriftOptions.defaults());

    private final ReferenceProfile profile;
    private final String model;
    private final int version;
    private final PaneCounts counts;

    private Counts(ReferenceProfile profile, String model, int version) {
      this.profile = profile;
      this.model = model;
      this.version = version;
      this.counts = PaneCounts.of(profile);
    }

    @Override
    public void add(Prediction row) {
      counts.add(row.vector(), row.score());
    }

    @Override
    public void merge(byte[] other) {
      counts.merge(PaneCounts.fromBytes(profile, other));
    }

    @Override
    public byte[] toBytes() {
      return counts.toBytes();
    }

    @Override
    public Optional<DriftReport> report(long paneStartMs, long paneEndMs) {
      return TEST.inputs(profile, model, version, paneStartMs, paneEndMs, counts);
    }
  }
}
