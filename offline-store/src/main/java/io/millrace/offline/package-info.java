/**
 * All that happened, in Parquet. This package says what the tables are and where they lie; {@code
 * parquet} reads and writes files, {@code history} turns files into events, {@code training} and
 * {@code parity} recompute vectors from events, {@code duckdb} answers SQL.
 */
package io.millrace.offline;
