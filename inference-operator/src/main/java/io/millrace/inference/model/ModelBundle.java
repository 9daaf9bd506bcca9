package io.millrace.inference.model;

import io.millrace.inference.FeatureEncoder;
import io.millrace.schema.FeatureContract;
import java.time.Instant;
import java.util.Objects;

/**
 * What is known about one version of a model; {@code bundle.json} in its folder.
 *
 * @param name the model's name
 * @param version 1 or more
 * @param createdAt when it was saved
 * @param onnxSha256 of {@code model.onnx}, in hex
 * @param encoder how vectors become its inputs; its {@link FeatureEncoder#vector()} is the vector
 *     that the model was trained on
 */
public record ModelBundle(
    String name,
    int version,
    Instant createdAt,
    String onnxSha256,
    FeatureEncoder encoder,
    Lineage lineage,
    ModelMetrics metrics) {
  static final String NAME = "[a-zA-Z][a-zA-Z0-9_-]{0,63}";

  public ModelBundle {
    Objects.requireNonNull(createdAt, "createdAt");
    Objects.requireNonNull(onnxSha256, "onnxSha256");
    Objects.requireNonNull(encoder, "encoder");
    Objects.requireNonNull(lineage, "lineage");
    Objects.requireNonNull(metrics, "metrics");
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException(
          "the model name '"
              + name
              + "' is no folder's name; give a letter, then at most 63 letters, digits, _ or -");
    }
    if (version < 1) {
      throw new IllegalArgumentException("version " + version + " of " + name + "; give 1 or more");
    }
  }

  /** The names and types of the vectors that the model reads, in order. */
  public FeatureContract contract() {
    return FeatureContract.of(encoder.vector());
  }

  ModelBundle withVersion(int newVersion) {
    return new ModelBundle(name, newVersion, createdAt, onnxSha256, encoder, lineage, metrics);
  }
}
