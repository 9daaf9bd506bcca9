/**
 * Which files are a table, as of which commit: manifests beside the data, committed one after the
 * other. Knows JSON and a few operations on files, no file format.
 */
package io.millrace.offline.snapshot;
