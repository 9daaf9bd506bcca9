package io.millrace.server.demo;

/** The online store of a demo. */
public enum OnlineChoice {
  /** A folder of the feature job's. */
  ROCKSDB,
  /** A server in a process of its own. */
  REDIS
}
