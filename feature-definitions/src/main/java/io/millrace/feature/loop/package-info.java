/**
 * The records of the loop: what came of a prediction, how far the stream is from what a model was
 * trained on, the decision to train again, and how a model comes to serve. Plain values; {@code
 * schemas} writes them as Avro.
 */
package io.millrace.feature.loop;
