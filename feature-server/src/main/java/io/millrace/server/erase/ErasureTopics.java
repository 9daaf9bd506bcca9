package io.millrace.server.erase;

import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.replay.Topics;
import io.millrace.server.retrain.RecordLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The topics {@code erasures} and {@code erasure-acks}: where the jobs are told and answer. Not
 * thread-safe.
 */
final class ErasureTopics implements AutoCloseable {
  private static final Duration STEP = Duration.ofMillis(200);

  private final LoopCodec<Erasure> codec;
  private final RecordLog.Writer writer;
  private final RecordLog<Erasure> told;
  private final RecordLog<ErasureAck> answers;
  private final List<ErasureAck> all = new ArrayList<>();

  private ErasureTopics(
      LoopCodec<Erasure> codec,
      RecordLog.Writer writer,
      RecordLog<Erasure> told,
      RecordLog<ErasureAck> answers) {
    this.codec = codec;
    this.writer = writer;
    this.told = told;
    this.answers = answers;
  }

  /**
   * Creates the topics if they are not there.
   *
   * @throws RuntimeException naming the broker, if it cannot be reached
   */
  static ErasureTopics open(String bootstrapServers, SchemaRegistry registry)
      throws InterruptedException {
    Topics.requireCompacted(bootstrapServers, Erasure.TOPIC);
    Topics.require(bootstrapServers, List.of(Erasure.ACKS_TOPIC), 1);
    LoopCodec<Erasure> codec = new LoopCodec<>(Erasure.TOPIC, LoopRecords.ERASURE, registry);
    return new ErasureTopics(
        codec,
        new RecordLog.Writer(bootstrapServers),
        RecordLog.open(bootstrapServers, Erasure.TOPIC, codec, problem -> {}),
        RecordLog.open(
            bootstrapServers,
            Erasure.ACKS_TOPIC,
            new LoopCodec<>(Erasure.ACKS_TOPIC, LoopRecords.ERASURE_ACK, registry),
            problem -> {}));
  }

  /** An erasure of that subject that was begun and is not done. */
  Optional<Erasure> unfinished(String column, String subject) throws InterruptedException {
    Map<String, Erasure> newest = new TreeMap<>();
    told.toEnd().forEach(entry -> newest.put(entry.value().id(), entry.value()));
    return newest.values().stream()
        .filter(one -> one.phase() != Erasure.Phase.OPEN)
        .filter(one -> one.column().equals(column) && one.subject().equals(subject))
        .findFirst();
  }

  /** Tells the jobs; returns once the broker has it. */
  void tell(Erasure erasure) throws InterruptedException {
    writer.append(Erasure.TOPIC, erasure.id(), codec.encode(erasure));
  }

  /**
   * Waits until all operators of all jobs have obeyed it in its phase or a later one.
   *
   * @return what they said; of a job that did not say all within the limit nothing
   */
  Map<String, List<ErasureAck>> await(Erasure erasure, Collection<String> jobs, Duration limit)
      throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      answers.poll(STEP).forEach(entry -> all.add(entry.value()));
      Map<String, List<ErasureAck>> obeyed = new HashMap<>();
      for (String job : jobs) {
        List<ErasureAck> said =
            all.stream()
                .filter(ack -> ack.erasureId().equals(erasure.id()))
                .filter(ack -> ack.phase().compareTo(erasure.phase()) >= 0)
                .filter(ack -> ack.job().equals(job))
                .toList();
        if (isWhole(said)) {
          obeyed.put(job, said);
        }
      }
      if (obeyed.size() == jobs.size() || System.nanoTime() - end > 0) {
        return obeyed;
      }
    }
  }

  /** Whether each operator that one names has spoken with all its subtasks. */
  private static boolean isWhole(List<ErasureAck> said) {
    if (said.isEmpty()) {
      return false;
    }
    List<String> operators = said.get(said.size() - 1).operators();
    return operators.stream()
        .allMatch(
            operator -> {
              List<ErasureAck> own =
                  said.stream().filter(ack -> ack.operator().equals(operator)).toList();
              return !own.isEmpty()
                  && own.stream()
                          .filter(ack -> ack.parallelism() == own.get(own.size() - 1).parallelism())
                          .map(ErasureAck::subtask)
                          .distinct()
                          .count()
                      == own.get(own.size() - 1).parallelism();
            });
  }

  @Override
  public void close() {
    told.close();
    answers.close();
    writer.close();
  }
}
