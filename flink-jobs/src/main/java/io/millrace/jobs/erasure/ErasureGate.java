package io.millrace.jobs.erasure;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.erasure.Erasure;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.SourceRecord;
import java.util.List;
import java.util.Optional;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Lets no event of an erased subject into the job: it becomes a dead letter without a payload, with
 * the reason {@code erased}. It knows all erasures before the first event, so neither a replay nor
 * a restart from an older checkpoint brings one back. Keeps no state. As long as nothing is erased
 * an event costs one comparison; afterwards one that is newer than all erasures costs three.
 */
public final class ErasureGate extends ErasureWatch<SourceRecord> {
  private static final long serialVersionUID = 1;
  private static final byte[] NOTHING = new byte[0];

  /** How it is called in answers. */
  public static final String NAME = "gate";

  private final DefinitionSet definitions;
  private transient List<EventSource> sources;

  public ErasureGate(DefinitionSet definitions, ErasureSettings settings) {
    super(settings, NAME);
    this.definitions = definitions;
  }

  @Override
  public void open() throws Exception {
    super.open();
    sources = definitions.definitions().sources();
  }

  @Override
  public void processElement(StreamRecord<SourceRecord> element) {
    if (duty().isIdle()) {
      output.collect(element);
      return;
    }
    SourceRecord record = element.getValue();
    SourceRecord passed = record;
    if (record instanceof SourceRecord.Good good) {
      passed = passed(good);
    } else if (record instanceof SourceRecord.Change change) {
      passed = passed(change);
    } else if (record instanceof SourceRecord.Recorded recorded) {
      // Of a snapshot of before the store was rewritten.
      passed = passed(recorded);
    }
    output.collect(passed == record ? element : element.replace(passed));
  }

  private SourceRecord passed(SourceRecord.Good good) {
    Optional<Erasure> by = by(good.source(), good.event(), good.appendedAtMs());
    return by.isPresent() ? letter(good.event(), by.get()) : good;
  }

  private SourceRecord passed(SourceRecord.Recorded recorded) {
    Optional<Erasure> by = by(recorded.source(), recorded.event(), recorded.appendedAtMs());
    return by.isPresent() ? letter(recorded.event(), by.get()) : recorded;
  }

  private SourceRecord passed(SourceRecord.Change change) {
    Optional<Erasure> before =
        change.before().flatMap(event -> by(change.source(), event, change.appendedAtMs()));
    Optional<SourceRecord> after =
        change.after().map(now -> now instanceof SourceRecord.Good good ? passed(good) : now);
    if (before.isEmpty()) {
      return after.equals(change.after())
          ? change
          : new SourceRecord.Change(change.source(), change.before(), after, change.appendedAtMs());
    }
    return after.isEmpty()
        ? letter(change.before().orElseThrow(), before.get())
        : new SourceRecord.Change(change.source(), Optional.empty(), after, change.appendedAtMs());
  }

  private Optional<Erasure> by(int sourceIndex, Event event, long appendedAtMs) {
    return ErasedRow.by(
        duty().subjects(),
        sources.get(sourceIndex).schema(),
        event.values(),
        event.timeMs(),
        appendedAtMs);
  }

  private SourceRecord letter(Event event, Erasure by) {
    duty().counted(by.id(), 1);
    return new SourceRecord.Dead(
        new DeadLetter(
            event.source(),
            event.position(),
            getProcessingTimeService().getCurrentProcessingTime(),
            "erased",
            "it is of a subject that erasure " + by.id() + " took out",
            NOTHING));
  }
}
