package io.millrace.jobs.training;

import io.millrace.offline.parquet.OutputColumn;
import io.millrace.offline.training.SpineMaking;
import io.millrace.offline.training.SpinePart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Writes the files of the set, keyed by the number of the file. A bounded job sorts its input by
 * (file, row), so that the files are those that one process writes, to the byte.
 */
final class PartWriter extends AbstractStreamOperator<Long>
    implements OneInputStreamOperator<TrainingSetRow, Long>, BoundedOneInput {
  private static final long serialVersionUID = 1;

  private final TrainingPlan training;

  private transient List<OutputColumn> columns;
  private transient SpinePart part;
  private transient int number;
  private transient long lastRow;
  private transient long written;

  PartWriter(TrainingPlan training) {
    this.training = training;
  }

  @Override
  public void open() throws Exception {
    super.open();
    columns = training.spinePlan().output();
    number = -1;
  }

  @Override
  public void processElement(StreamRecord<TrainingSetRow> element) {
    try {
      write(element.getValue());
    } catch (IOException e) {
      throw SpineMaking.unwritable(Path.of(training.data()), e);
    }
  }

  private void write(TrainingSetRow row) throws IOException {
    int of = SpinePart.numberOf(row.number());
    if (of != number) {
      finishPart();
      part = SpinePart.create(columns, Path.of(training.work()), Path.of(training.data()), of);
      number = of;
      lastRow = -1;
    }
    if (row.number() <= lastRow) {
      throw new IllegalStateException(
          "row "
              + row.number()
              + " came after row "
              + lastRow
              + "; the job runs in BATCH mode only");
    }
    lastRow = row.number();
    part.write(row.values());
    written++;
  }

  @Override
  public void endInput() {
    try {
      finishPart();
    } catch (IOException e) {
      throw SpineMaking.unwritable(Path.of(training.data()), e);
    }
    output.collect(new StreamRecord<>(written));
  }

  private void finishPart() throws IOException {
    if (part != null) {
      part.finish();
      part = null;
    }
  }

  @Override
  public void close() throws Exception {
    if (part != null) {
      part.close();
    }
    super.close();
  }
}
