package io.millrace.offline.maintenance;

/**
 * What a compaction did to a table.
 *
 * @param filesBefore how many files were replaced
 * @param filesAfter by how many
 * @param bytesBefore their size
 * @param bytesAfter the size of the new ones
 * @param rows how many rows they have, before and after
 * @param leftAlone small files that were not touched: alone on their day with their schema, or
 *     written by others
 */
public record CompactionReport(
    String table,
    long filesBefore,
    long filesAfter,
    long bytesBefore,
    long bytesAfter,
    long rows,
    long leftAlone) {}
