package io.millrace.inference.onnx;

/** The signature of every model that Millrace runs. */
public final class OnnxModel {
  /** The input: float32 [N, F]. */
  public static final String INPUT = "features";

  /** The output: float32 [N, 1], for a classifier the probability. */
  public static final String OUTPUT = "score";

  private OnnxModel() {}
}
