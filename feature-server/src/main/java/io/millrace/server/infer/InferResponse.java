package io.millrace.server.infer;

import java.util.List;
import java.util.Map;

/**
 * What is answered, whichever wire it goes over.
 *
 * @param parameters text, whole number, decimal or truth by name, in the order they are shown
 */
record InferResponse(
    String model, int version, String id, Map<String, Object> parameters, List<Tensor> outputs) {}
