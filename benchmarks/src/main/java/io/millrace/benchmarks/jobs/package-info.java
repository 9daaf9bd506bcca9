/**
 * Whole Flink jobs side by side: the real feature operator, what its design can reach at best, and
 * what the same costs in Flink SQL and with DataStream windows.
 */
package io.millrace.benchmarks.jobs;
