package io.millrace.jobs;

import java.util.List;

/** Every option of {@link RemoteStoreCommand}; they mean what those of {@code offline} do. */
final class RemoteStoreOptions {
  static final JobOption STORE =
      new JobOption("store", "URI", "", "The root of the offline store.");
  static final JobOption COMMAND =
      new JobOption(
          "command", "name", "", "What to do: snapshots, verify, fetch, compact, expire or adopt.");
  static final JobOption TABLE = new JobOption("table", "folder", "-", "The only table meant.");
  static final JobOption JSON =
      new JobOption("json", "true or false", "false", "Whether to print JSON.");
  static final JobOption SNAPSHOT =
      new JobOption("snapshot", "ID", "-", "Which is verified or fetched; else the newest.");
  static final JobOption OUT = new JobOption("out", "folder", "-", "Where to fetch to.");
  static final JobOption BELOW = new JobOption("below", "MB", "64", "Files below are compacted.");
  static final JobOption TO = new JobOption("to", "MB", "256", "How large files become.");
  static final JobOption SORT =
      new JobOption(
          "sort",
          "TABLE=COLUMN+COLUMN, ...",
          "-",
          "What tables are sorted by before time; else what their files say.");
  static final JobOption KEEP =
      new JobOption("keep", "number", "-", "How many of the newest snapshots stay.");
  static final JobOption OLDER_THAN =
      new JobOption("older-than", "duration", "-", "From which age on snapshots expire.");
  static final JobOption GRACE =
      new JobOption("grace", "duration", "PT1H", "How long a replaced file stays still.");
  static final JobOption ABANDONED =
      new JobOption("abandoned", "duration", "P7D", "From which age on half a file is deleted.");

  static final List<JobOption> ALL =
      List.of(
          STORE,
          COMMAND,
          TABLE,
          JSON,
          SNAPSHOT,
          OUT,
          BELOW,
          TO,
          SORT,
          KEEP,
          OLDER_THAN,
          GRACE,
          ABANDONED);

  private RemoteStoreOptions() {}
}
