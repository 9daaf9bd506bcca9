package io.millrace.offline.erasure;

/**
 * What an erasure did to a table.
 *
 * @param table by its folder
 * @param rows how many rows of the subject the table had
 * @param filesWritten how many files hold what stays of those that were replaced
 * @param filesDeleted how many files are gone, also those of older snapshots
 * @param snapshotBefore the newest snapshot that had the subject; 0 if none had
 * @param snapshotAfter the newest that does not
 * @param expired how many snapshots can no longer be read
 */
public record TableReport(
    String table,
    long rows,
    long filesWritten,
    long filesDeleted,
    long snapshotBefore,
    long snapshotAfter,
    long expired) {}
