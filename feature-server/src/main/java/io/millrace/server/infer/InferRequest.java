package io.millrace.server.infer;

import java.util.List;
import java.util.Map;

/**
 * What is asked, whichever wire it came over.
 *
 * @param version empty for the champion
 * @param id the caller's own, handed back; may be empty
 * @param parameters text, whole number, decimal or truth by name
 * @param outputs empty for the score alone
 */
record InferRequest(
    String model,
    String version,
    String id,
    Map<String, Object> parameters,
    List<Tensor> inputs,
    List<String> outputs) {
  /** The most elements of an input. */
  static final int MOST_ELEMENTS = 4_000_000;

  /** The most rows of a request. */
  static final int MOST_ROWS = 10_000;

  InferRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
