package io.millrace.jobs.erasure;

import io.millrace.feature.EntityKey;
import io.millrace.feature.erasure.Erasure;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Lets through no record whose request key names an erased subject, however often it is read again.
 * Keeps no state.
 *
 * @param <T> what has a request key
 */
public final class ErasureFilter<T> extends ErasureWatch<T> {
  private static final long serialVersionUID = 1;

  /** What tells whose a record is, and how old. */
  public interface Facts<T> extends Serializable {
    /** As {@link io.millrace.feature.Prediction#requestKey()}. */
    String requestKey(T record);

    /** The request's event time. */
    long timeMs(T record);

    /** When it was appended to its topic; {@code Long.MAX_VALUE} if nobody knows. */
    long knownAtMs(T record);
  }

  private final List<String> columns;
  private final Facts<T> facts;

  /**
   * @param columns of the request key
   * @param name by which it answers
   */
  public ErasureFilter(
      List<String> columns, Facts<T> facts, ErasureSettings settings, String name) {
    super(settings, name);
    this.columns = List.copyOf(columns);
    this.facts = facts;
  }

  @Override
  public void processElement(StreamRecord<T> element) {
    if (!duty().isIdle()) {
      Optional<Erasure> by = by(element.getValue());
      if (by.isPresent()) {
        duty().counted(by.get().id(), 1);
        return;
      }
    }
    output.collect(element);
  }

  private Optional<Erasure> by(T record) {
    long timeMs = facts.timeMs(record);
    long knownAtMs = facts.knownAtMs(record);
    if (!duty().subjects().reach(timeMs, knownAtMs)) {
      return Optional.empty();
    }
    List<String> parts = new EntityKey(facts.requestKey(record)).parts();
    for (int i = 0; i < columns.size() && i < parts.size(); i++) {
      Optional<Erasure> by = duty().subjects().of(columns.get(i), parts.get(i), timeMs, knownAtMs);
      if (by.isPresent()) {
        return by;
      }
    }
    return Optional.empty();
  }
}
