package io.millrace.offline;

/**
 * A thing with the moment from which it was known: a training set that must see only what could be
 * seen cuts by it.
 *
 * @param knowledgeMs when it was appended to its topic or computed, wall clock
 */
public record Known<T>(T value, long knowledgeMs) {}
