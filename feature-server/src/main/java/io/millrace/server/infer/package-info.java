/**
 * Scores over the Open Inference Protocol v2, REST and gRPC: tensors in and out, or keys in, where
 * the server reads the features itself. {@code Scorer} knows no wire; the wires know no models.
 */
package io.millrace.server.infer;
