package io.millrace.benchmarks.jobs;

/**
 * What happens in the benchmark.
 *
 * @param card the key
 * @param atMs event time
 * @param index its number in the workload, as a Kafka offset would be
 */
record Payment(
    String card, long atMs, long index, double amount, double fee, double gross, double net) {}
