/** Scoring in a stream. Flink is named only here. */
package io.millrace.inference.flink;
