/**
 * From a vector to a prediction: encoding, scoring, training and the measures of a model. Each
 * foreign library has a package of its own: ONNX in {@code onnx}, XGBoost in {@code train}, Flink
 * in {@code flink}; {@code model} is what lies on disk. This package knows the vocabulary alone.
 */
package io.millrace.inference;
