package io.millrace.offline.maintenance;

/**
 * What an expiry did to a table.
 *
 * @param oldest the oldest snapshot that there still is; 0 if the table has none
 * @param expired how many snapshots may no longer be read
 * @param filesDeleted how many files of none of the others are gone
 * @param bytesDeleted their size
 * @param filesWaiting how many will go when their grace is over
 */
public record ExpiryReport(
    String table,
    long oldest,
    long expired,
    long filesDeleted,
    long bytesDeleted,
    long filesWaiting) {}
