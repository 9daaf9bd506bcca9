/**
 * A job that begins with the past: the recorded events of one snapshot, then the topics from
 * exactly the offsets at which it ends.
 */
package io.millrace.jobs.history;
