package io.millrace.offline.erasure;

import java.nio.file.Path;
import java.util.BitSet;

/** Which rows of a file are the subject's. */
@FunctionalInterface
interface SubjectRows {
  /**
   * The rows by number, from 0; empty if the file has no column that could tell.
   *
   * @throws io.millrace.offline.OfflineException if the file is damaged
   */
  BitSet rowsOf(Path file);
}
