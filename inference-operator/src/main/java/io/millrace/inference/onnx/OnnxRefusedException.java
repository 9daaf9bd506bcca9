package io.millrace.inference.onnx;

import java.util.List;

/** A model file that may not be run. The message names everything that is wrong with it. */
public final class OnnxRefusedException extends RuntimeException {
  private final List<String> problems;

  OnnxRefusedException(List<String> problems) {
    super("the model is refused: " + String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  public List<String> problems() {
    return problems;
  }
}
