package io.millrace.feature;

/**
 * A record that could not be used, with its origin.
 *
 * @param source the event source it was read for
 * @param position where it was read
 * @param atMs when it was refused, wall clock
 * @param reason one word that can be counted: {@code malformed}, {@code unknown-schema}, {@code
 *     no-event-time}, {@code future}, or an expectation's name; of a feature {@code overflow} or
 *     {@code coarsened}
 * @param detail what is wrong and what would mend it, for people
 * @param value the record's bytes as they were read; empty of a feature
 */
public record DeadLetter(
    String source, Position position, long atMs, String reason, String detail, byte[] value) {}
