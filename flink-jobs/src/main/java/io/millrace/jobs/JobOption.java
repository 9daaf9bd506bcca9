package io.millrace.jobs;

/**
 * One option of a job.
 *
 * @param type as people say it
 * @param otherwise the default; empty if the option has to be given, {@code -} if it stays unset
 * @param sentence what it means
 */
record JobOption(String key, String type, String otherwise, String sentence) {
  boolean required() {
    return otherwise.isEmpty();
  }
}
