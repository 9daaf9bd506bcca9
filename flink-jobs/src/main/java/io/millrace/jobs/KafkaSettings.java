package io.millrace.jobs;

import java.io.Serializable;
import java.time.Duration;

/**
 * How a job reads and writes Kafka.
 *
 * @param bootstrapServers of Kafka
 * @param registryUrl base URL of the schema registry's Confluent API
 * @param group consumer group and transaction id prefix
 * @param alignment how far, in event time, one partition may run ahead of another
 * @param futureGuard how far ahead of the clock an event time may lie
 */
public record KafkaSettings(
    String bootstrapServers,
    String registryUrl,
    String group,
    Duration alignment,
    Duration futureGuard)
    implements Serializable {}
