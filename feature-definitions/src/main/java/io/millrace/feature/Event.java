package io.millrace.feature;

/**
 * Something that happened, at its own time.
 *
 * @param source the name of the {@link EventSource}
 * @param timeMs event time, milliseconds since the epoch
 * @param position where it was read
 * @param values its columns, as the source's schema names them
 */
public record Event(String source, long timeMs, Position position, Values values) {}
