package io.millrace.inference.gate;

import io.millrace.feature.Values;
import io.millrace.inference.ScoringException;
import io.millrace.inference.gate.DayBootstrap.Difference;
import io.millrace.inference.model.LoadedModel;
import io.millrace.inference.model.ModelRefusedException;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.onnx.OnnxRefusedException;
import io.millrace.inference.onnx.OnnxScan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Holds a candidate against the champion, gate after gate, up to the first that refuses it:
 *
 * <ol>
 *   <li>{@code scan}: size, and nothing forbidden in {@code model.onnx};
 *   <li>{@code contract}: it reads the vectors that the service makes now;
 *   <li>{@code golden}: it is what was saved, and scores its golden rows as the trainer did;
 *   <li>{@code holdout}: on the latest labelled period not worse than the champion, by the 95 %
 *       intervals of a paired bootstrap by days: the log-loss is proved to be no higher, within a
 *       margin, and the AUC is not proved to be lower, beyond one. A fortnight holds too few true
 *       rows to prove that an AUC is equal;
 *   <li>{@code drifted}: a lower log-loss on the rows of what drifted ({@link DriftSlice}), or on
 *       all rows if nothing specific did, as where a model is renewed that learnt from little, in
 *       at least {@link #BETTER_CHANCE} of the resamples;
 *   <li>{@code latency}: the p99 of a batch's processor time beside the champion's, in turns.
 * </ol>
 *
 * <p>The report is kept in the repository as the version's verdicts; no alias changes. A first
 * model has no champion to be compared with, and ends with {@code golden}.
 *
 * <p>Thread-safe. The holdout is held in memory, and loaded models beside it.
 */
public final class Gates {
  /** The gates in their order. */
  public static final List<String> NAMES =
      List.of("scan", "contract", "golden", "holdout", "drifted", "latency");

  /** How sure it must be that the candidate is better on what drifted. */
  public static final double BETTER_CHANCE = 0.8;

  /** Fewer days than this say nothing about the spread between days. */
  public static final int LEAST_DAYS = 5;

  /** Fewer rows than this, of the holdout or of a slice, say nothing. */
  public static final int LEAST_ROWS = 200;

  private final ModelRepository repository;
  private final GateLimits limits;

  public Gates(ModelRepository repository, GateLimits limits) {
    this.repository = repository;
    this.limits = limits;
  }

  /**
   * Runs the gates and keeps their verdicts in the repository.
   *
   * @throws ModelRefusedException if there is no such version, or if the champion itself cannot be
   *     loaded
   */
  public GateReport check(Candidate candidate) {
    OptionalInt champion = repository.champion(candidate.model());
    List<Verdict> verdicts = new ArrayList<>();
    run(candidate, champion, verdicts);
    GateReport report =
        new GateReport(candidate.model(), candidate.version(), champion.orElse(0), verdicts);
    repository.saveVerdicts(candidate.model(), candidate.version(), report.toJson());
    return report;
  }

  private void run(Candidate candidate, OptionalInt champion, List<Verdict> verdicts) {
    if (!add(verdicts, scan(candidate)) || !add(verdicts, contract(candidate))) {
      return;
    }
    LoadedModel loaded;
    try {
      loaded = repository.load(candidate.model(), candidate.version());
    } catch (ModelRefusedException e) {
      add(verdicts, golden(false, e.getMessage()));
      return;
    }
    try (loaded) {
      add(verdicts, golden(true, ""));
      if (champion.isPresent()) {
        try (LoadedModel serving = repository.load(candidate.model(), champion.getAsInt())) {
          compare(candidate, loaded, serving, verdicts);
        }
      }
    }
  }

  private void compare(
      Candidate candidate, LoadedModel loaded, LoadedModel serving, List<Verdict> verdicts) {
    try {
      PairedScores scores = PairedScores.of(candidate.holdout(), loaded, serving);
      if (scores.rows() < LEAST_ROWS || scores.dayCount() < LEAST_DAYS) {
        add(verdicts, tooFew(scores));
        return;
      }
      DayBootstrap bootstrap = new DayBootstrap(scores, limits.resamples(), limits.seed());
      if (add(verdicts, holdout(scores, bootstrap))
          && add(verdicts, drifted(candidate, serving, scores, bootstrap))) {
        add(verdicts, latency(BatchLatency.measure(scores.vectors(), loaded, serving)));
      }
    } catch (ScoringException e) {
      add(
          verdicts,
          new Verdict("holdout", false, "a failure", "a score of every row", e.getMessage()));
    }
  }

  private static boolean add(List<Verdict> verdicts, Verdict verdict) {
    verdicts.add(verdict);
    return verdict.passed();
  }

  private Verdict scan(Candidate candidate) {
    String required = text("at most %,d bytes, nothing forbidden", limits.maxOnnxBytes());
    long bytes = repository.onnxBytes(candidate.model(), candidate.version());
    String measured = text("%,d bytes", bytes);
    if (bytes > limits.maxOnnxBytes()) {
      return new Verdict("scan", false, measured, required, "model.onnx is too large");
    }
    try {
      OnnxScan.require(repository.onnx(candidate.model(), candidate.version()));
      return new Verdict("scan", true, measured, required, "");
    } catch (OnnxRefusedException e) {
      return new Verdict("scan", false, measured, required, e.getMessage());
    }
  }

  private Verdict contract(Candidate candidate) {
    String required = "contract " + candidate.contract().hash();
    try {
      var bundle = repository.bundle(candidate.model(), candidate.version());
      String measured = "contract " + bundle.contract().hash();
      try {
        bundle.contract().requireSame(candidate.contract());
        return new Verdict("contract", true, measured, required, "");
      } catch (IllegalArgumentException e) {
        return new Verdict("contract", false, measured, required, e.getMessage());
      }
    } catch (ModelRefusedException e) {
      return new Verdict("contract", false, "no readable bundle", required, e.getMessage());
    }
  }

  private static Verdict golden(boolean passed, String detail) {
    return new Verdict(
        "golden",
        passed,
        passed ? "every golden row within" : "refused",
        "the trainer's scores to within " + LoadedModel.GOLDEN_TOLERANCE,
        detail);
  }

  private static Verdict tooFew(PairedScores scores) {
    return new Verdict(
        "holdout",
        false,
        "%,d rows of %d days".formatted(scores.rows(), scores.dayCount()),
        "%d rows of %d days or more".formatted(LEAST_ROWS, LEAST_DAYS),
        "too few labelled rows to compare; wait for more labels or hold out a longer period");
  }

  private Verdict holdout(PairedScores scores, DayBootstrap bootstrap) {
    boolean[] all = new boolean[scores.rows()];
    Arrays.fill(all, true);
    Difference loss = bootstrap.logLoss(all);
    Difference auc = bootstrap.auc();
    // Written so that NaN, as of rows of one label, does not pass.
    boolean passed = loss.upper() <= limits.lossMargin() && auc.upper() >= -limits.aucMargin();
    return new Verdict(
        "holdout",
        passed,
        text("log-loss %s; AUC %s", interval(loss), interval(auc)),
        text(
            "log-loss at most %+.4f at its upper end, AUC at least %+.4f at its upper end",
            limits.lossMargin(), -limits.aucMargin()),
        text(
            "candidate less champion on %,d rows of %d days, %d resamples by day, 95 %% interval",
            scores.rows(), scores.dayCount(), limits.resamples()));
  }

  private Verdict drifted(
      Candidate candidate, LoadedModel serving, PairedScores scores, DayBootstrap bootstrap) {
    List<Values> reference =
        repository.golden(serving.bundle().name(), serving.bundle().version()).vectors();
    Optional<boolean[]> found =
        DriftSlice.of(serving.encoder().vector(), candidate.drifted(), reference, scores.vectors())
            .filter(slice -> size(slice) >= LEAST_ROWS);
    boolean[] slice =
        found.orElseGet(
            () -> {
              boolean[] all = new boolean[scores.rows()];
              Arrays.fill(all, true);
              return all;
            });
    Difference loss = bootstrap.logLoss(slice);
    return new Verdict(
        "drifted",
        loss.mean() < 0 && loss.belowZero() >= BETTER_CHANCE,
        text("log-loss %s, lower in %.0f %%", interval(loss), loss.belowZero() * 100),
        text("log-loss below 0, in %.0f %% of the resamples or more", BETTER_CHANCE * 100),
        found.isPresent()
            ? text(
                "%,d of %,d rows, where %s gained most",
                size(slice), scores.rows(), String.join(", ", candidate.drifted()))
            : text(
                candidate.drifted().isEmpty()
                    ? "all %,d rows, since no feature is named that drifted"
                    : "all %,d rows, since no feature's drift shows in enough of them",
                scores.rows()));
  }

  private static int size(boolean[] slice) {
    int size = 0;
    for (boolean in : slice) {
      size += in ? 1 : 0;
    }
    return size;
  }

  private Verdict latency(BatchLatency latency) {
    double budgetNanos =
        Math.max(limits.latencyFloorNanos(), limits.latencyRatio() * latency.championP99Nanos());
    return new Verdict(
        "latency",
        latency.candidateP99Nanos() <= budgetNanos,
        text("p99 %.3f ms", latency.candidateP99Nanos() / 1e6),
        text("at most %.3f ms", budgetNanos / 1e6),
        text(
            "processor time of a batch of 64 rows; the champion's p99 %.3f ms",
            latency.championP99Nanos() / 1e6));
  }

  private static String interval(Difference difference) {
    return text("%+.4f [%+.4f, %+.4f]", difference.mean(), difference.lower(), difference.upper());
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
