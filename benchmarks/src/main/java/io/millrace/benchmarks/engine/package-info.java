/** The feature engine alone, no Flink: nanoseconds and bytes an event. */
package io.millrace.benchmarks.engine;
