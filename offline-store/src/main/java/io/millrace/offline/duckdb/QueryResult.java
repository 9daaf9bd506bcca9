package io.millrace.offline.duckdb;

import java.util.List;

/**
 * An answer in memory.
 *
 * @param columns the names
 * @param rows each value as Long, Double, Boolean, null, a List or a Map in the order of its keys
 *     of these, or text for all other types; instants as {@code 2008-03-09T12:00:00Z}
 * @param cut whether there were more rows than asked for
 */
public record QueryResult(List<String> columns, List<List<Object>> rows, boolean cut) {}
