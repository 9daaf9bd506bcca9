package io.millrace.offline.training;

/** Hears how far the making of a training set is; called by one thread at a time. */
@FunctionalInterface
public interface SpineListener {
  /**
   * @param step what is being done
   * @param rows how many rows of the spine were answered
   * @param ofRows how many it has; 0 while it is sorted
   * @param events how many events were read
   */
  void progress(String step, long rows, long ofRows, long events);
}
