package io.millrace.jobs.erasure;

import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.TaskInfo;

/**
 * What a subtask owes an erasure: it hears of it before a checkpoint's barrier, obeys, and says so
 * when that checkpoint is complete. Between barriers nothing changes, so all operators that know of
 * it see the same events. Not thread-safe: the task's thread alone.
 *
 * <pre>
 * open:                        duty = ErasureDuty.open(...); drop what duty.all() says
 * prepareSnapshotPreBarrier:   for (Erasure told : duty.news()) drop it; duty.obeyed(told, count)
 * snapshotState:               duty.taken(checkpoint, now)
 * notifyCheckpointComplete:    duty.completed(checkpoint)
 * close:                       duty.close()
 * </pre>
 */
public final class ErasureDuty implements AutoCloseable {
  private final ErasureWord word;
  private final String job;
  private final String operator;
  private final List<String> operators;
  private final TaskInfo task;
  private final Map<String, Long> removed = new HashMap<>();
  private final Set<String> answered = new HashSet<>();
  private final List<Due> due = new ArrayList<>();
  // Made when the first is told.
  private ErasedSubjects subjects;

  private static final class Due {
    private final Erasure told;
    private long checkpoint = -1;
    private long takenAtMs;

    private Due(Erasure told) {
      this.told = told;
    }
  }

  private ErasureDuty(ErasureSettings settings, String operator, TaskInfo task) {
    this.word = settings.word().open();
    this.job = settings.job();
    this.operators = settings.operators();
    this.operator = operator;
    this.task = task;
  }

  /** Reads all that was ever told. */
  public static ErasureDuty open(ErasureSettings settings, String operator, TaskInfo task) {
    ErasureDuty duty = new ErasureDuty(settings, operator, task);
    try {
      duty.news().forEach(told -> duty.obeyed(told, 0));
    } catch (RuntimeException e) {
      duty.close();
      throw e;
    }
    return duty;
  }

  /** Whether anything was ever erased. */
  public boolean isIdle() {
    return subjects == null;
  }

  /** All that are erased. May be asked only if not idle. */
  public ErasedSubjects subjects() {
    return subjects;
  }

  /** Some of them as a set of their own. */
  public ErasedSubjects only(List<Erasure> some) {
    ErasedSubjects only = new ErasedSubjects(word.secret());
    some.forEach(only::add);
    return only;
  }

  /** What is told anew, and known to {@link #subjects} from now on. */
  public List<Erasure> news() {
    List<Erasure> told = word.news();
    for (Erasure erasure : told) {
      if (subjects == null) {
        subjects = new ErasedSubjects(word.secret());
      }
      subjects.add(erasure);
    }
    return told;
  }

  /**
   * Owes an answer with the next checkpoint.
   *
   * @param count how much of the subject was dropped for it
   */
  public void obeyed(Erasure told, long count) {
    counted(told.id(), count);
    if (answered.add(told.id() + told.phase())) {
      due.add(new Due(told));
    }
  }

  /** More of the subject was dropped or refused. */
  public void counted(String erasureId, long count) {
    removed.merge(erasureId, count, Long::sum);
  }

  /** A checkpoint holds what the subtask has become. */
  public void taken(long checkpoint, long nowMs) {
    for (Due one : due) {
      if (one.checkpoint < 0) {
        one.checkpoint = checkpoint;
        one.takenAtMs = nowMs;
      }
    }
  }

  /** Answers for what that checkpoint, or one before it, was the first to hold. */
  public void completed(long checkpoint) {
    due.removeIf(
        one -> {
          boolean done = one.checkpoint >= 0 && one.checkpoint <= checkpoint;
          if (done) {
            answer(one.told, checkpoint, one.takenAtMs);
          }
          return done;
        });
  }

  private void answer(Erasure told, long checkpoint, long takenAtMs) {
    word.acknowledge(
        new ErasureAck(
            told.id(),
            told.phase(),
            job,
            operator,
            task.getIndexOfThisSubtask(),
            task.getNumberOfParallelSubtasks(),
            operators,
            checkpoint,
            removed.getOrDefault(told.id(), 0L),
            takenAtMs));
  }

  @Override
  public void close() {
    word.close();
  }
}
