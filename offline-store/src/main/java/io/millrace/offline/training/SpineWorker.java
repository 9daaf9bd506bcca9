package io.millrace.offline.training;

/** Holds states of a walk and answers the rows of batch after batch. One thread at a time. */
interface SpineWorker {
  /** Goes through the batch in its order: adds its events, fills in what its rows look up. */
  void work(SpineBatch batch);

  /** Forgets what no row at the instant or later sees. */
  void expire(long asOfMs);
}
