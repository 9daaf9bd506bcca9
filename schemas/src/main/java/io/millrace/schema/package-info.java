/**
 * Every byte that leaves a process: Avro schemas and their registry, codecs of events, feature
 * rows, predictions, dead letters and heartbeats, and the feature contract between a model and its
 * callers.
 */
package io.millrace.schema;
