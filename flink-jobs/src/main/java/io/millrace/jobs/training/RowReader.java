package io.millrace.jobs.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.Values;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.jobs.vector.VectorPartSerializer;
import io.millrace.offline.training.SortedSpine;
import io.millrace.offline.training.SpinePlan;
import java.nio.file.Path;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Takes the numbers of pieces of the spine; each row of a piece asks every key that its vector
 * needs, and goes on to where the answers meet, under its number in the sorted spine.
 */
final class RowReader extends AbstractStreamOperator<ViewMessage>
    implements OneInputStreamOperator<Long, ViewMessage> {
  private static final long serialVersionUID = 1;

  static final OutputTag<VectorPart> ROWS = new OutputTag<>("rows", VectorPartSerializer.TYPE);

  private final TrainingPlan training;

  private transient SpinePlan spine;
  private transient VectorPlan vectors;
  private transient int[] viewOfLookup;

  RowReader(TrainingPlan training) {
    this.training = training;
  }

  @Override
  public void open() throws Exception {
    super.open();
    Definitions definitions = training.definitions().definitions();
    spine = training.spinePlan();
    vectors = VectorPlan.of(definitions.service(training.service()), definitions);
    viewOfLookup =
        vectors.lookups().stream().mapToInt(l -> definitions.views().indexOf(l.view())).toArray();
  }

  @Override
  public void processElement(StreamRecord<Long> number) {
    SortedSpine.Piece piece = training.rows().get(Math.toIntExact(number.getValue()));
    try (SortedSpine rows =
        SortedSpine.open(Path.of(training.sorted()), piece, spine, training.spine())) {
      for (long row = piece.firstRow(); rows.next(); row++) {
        ask(row, rows);
      }
    }
  }

  private void ask(long number, SortedSpine row) {
    String id = Long.toString(number);
    long atMs = row.atMs();
    Values request = row.request();
    int asked = 0;
    for (int i = 0; i < viewOfLookup.length; i++) {
      VectorPlan.Lookup lookup = vectors.lookups().get(i);
      String key = lookup.keys().keyTextOf(request);
      if (key != null) {
        asked++;
        output.collect(
            new StreamRecord<>(
                ViewMessage.ask(
                    viewOfLookup[i], lookup.view().id() + '|' + key, atMs, number, 0, id, i),
                atMs));
      }
    }
    output.collect(
        ROWS, new StreamRecord<>(new VectorPart.Request(id, "", atMs, 0, asked, row.row()), atMs));
  }
}
