package io.millrace.jobs.monitor;

/**
 * What one subtask counted of one pane.
 *
 * @param rows that it counted
 * @param counts as {@link Tally#toBytes} writes them
 */
record PanePart(String model, int version, long paneStartMs, long rows, byte[] counts) {}
