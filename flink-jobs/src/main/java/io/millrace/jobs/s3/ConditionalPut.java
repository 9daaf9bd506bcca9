package io.millrace.jobs.s3;

import java.io.IOException;
import java.net.URI;

/** Makes an object if there is none of its name, which one of several at once does. Thread-safe. */
@FunctionalInterface
public interface ConditionalPut {
  /**
   * Puts an object.
   *
   * @param object {@code s3://bucket/key}
   * @return false if there is one; it may be this very one, if an answer was lost
   * @throws UnsupportedOperationException if the server says that it knows no such condition
   * @throws IOException if the server refuses or cannot be reached; then it may be there or not
   */
  boolean put(URI object, byte[] content) throws IOException;
}
