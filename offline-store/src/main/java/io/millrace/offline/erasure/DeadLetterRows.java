package io.millrace.offline.erasure;

import io.millrace.feature.DeadLetter;
import io.millrace.offline.parquet.RowRemoval;
import io.millrace.schema.DeadLetterRecords;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.function.Predicate;

/** Dead letters of the subject, by what is in their payload. */
record DeadLetterRows(Predicate<DeadLetter> ofSubject) implements SubjectRows {
  @Override
  public BitSet rowsOf(Path file) {
    return RowRemoval.find(file, row -> ofSubject.test(DeadLetterRecords.fromAvro(row)));
  }
}
