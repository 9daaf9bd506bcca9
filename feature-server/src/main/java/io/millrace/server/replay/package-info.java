/** A recorded past becomes a live stream again: events are sent to Kafka at a chosen speed. */
package io.millrace.server.replay;
