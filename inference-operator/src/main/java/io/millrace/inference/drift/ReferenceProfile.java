package io.millrace.inference.drift;

import io.millrace.feature.RowSchema;
import io.millrace.feature.loop.ReferencePanes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The reference of one version of a model, {@code profile.json} of its bundle: what every feature
 * and the score looked like in panes of the training set, and how well the model foretold rows that
 * it was not trained on. Immutable and thread-safe.
 *
 * <pre>{@code
 * ReferenceProfile profile =
 *     ReferenceProfile.of(vector, Duration.ofDays(7), training, heldOut, scorer, gainByFeature);
 * String json = profile.toJson();
 * }</pre>
 */
public final class ReferenceProfile {
  private final long paneMs;
  private final List<FeatureReference> features;
  private final FeatureReference score;
  private final PerformanceReference performance;

  ReferenceProfile(
      long paneMs,
      List<FeatureReference> features,
      FeatureReference score,
      PerformanceReference performance) {
    this.paneMs = paneMs;
    this.features = List.copyOf(features);
    this.score = score;
    this.performance = performance;
  }

  /**
   * Begins a profile for vectors of that schema.
   *
   * @throws IllegalArgumentException naming the feature that is a list or a map
   */
  public static ProfileBuilder builder(RowSchema vector, Duration pane) {
    return new ProfileBuilder(vector, pane);
  }

  /**
   * What {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException naming what is missing or wrong
   */
  public static ReferenceProfile fromJson(String json) {
    return ProfileJson.read(json);
  }

  public String toJson() {
    return ProfileJson.write(this);
  }

  /** How long the panes are that this reference can be compared with, in milliseconds. */
  public long paneMs() {
    return paneMs;
  }

  /** The columns of the vector, in their order. */
  public List<String> featureNames() {
    return features.stream().map(FeatureReference::name).toList();
  }

  /**
   * What it rests on. The score's panes speak for all, since it is always a number and always
   * there.
   */
  public ReferencePanes panes() {
    return new ReferencePanes(score.panes(), score.borrowed());
  }

  /** Of a feature or of the score. */
  Optional<FeatureReference> reference(String name) {
    return Stream.concat(features.stream(), Stream.of(score))
        .filter(reference -> reference.name().equals(name))
        .findFirst();
  }

  List<FeatureReference> features() {
    return features;
  }

  FeatureReference score() {
    return score;
  }

  PerformanceReference performance() {
    return performance;
  }
}
