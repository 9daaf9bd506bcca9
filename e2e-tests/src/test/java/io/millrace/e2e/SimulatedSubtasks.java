package io.millrace.e2e;

import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.retrain.ControlTopic;
import io.millrace.server.retrain.LoopTopics;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The job's side of a rollout: two subtasks that obey the control topic, in a thread. */
final class SimulatedSubtasks implements AutoCloseable {
  private static final int SUBTASKS = 2;

  private final String bootstrap;
  private final SchemaRegistry registry;
  private final String model;
  private final String service;
  private final Thread thread = new Thread(this::work, "simulated-subtasks");
  private final List<ModelControl> obeyed = new CopyOnWriteArrayList<>();
  private volatile boolean shadowing = true;
  private volatile boolean able = true;
  private volatile boolean swapping = true;

  SimulatedSubtasks(String bootstrap, SchemaRegistry registry, String service, String model) {
    this.bootstrap = bootstrap;
    this.registry = registry;
    this.service = service;
    this.model = model;
  }

  SimulatedSubtasks withoutShadow() {
    shadowing = false;
    return this;
  }

  SimulatedSubtasks unableToLoad() {
    able = false;
    return this;
  }

  /** The last subtask never says that it serves what was activated. */
  SimulatedSubtasks hangingInTheSwap() {
    swapping = false;
    return this;
  }

  SimulatedSubtasks start() {
    thread.start();
    return this;
  }

  void shadow() {
    shadowing = true;
  }

  List<ModelControl> obeyed() {
    return List.copyOf(obeyed);
  }

  List<ModelControl.Op> ops() {
    return obeyed.stream().map(ModelControl::op).toList();
  }

  private void work() {
    LoopCodec<ModelAck> acks = new LoopCodec<>(LoopTopics.ACKS, LoopRecords.MODEL_ACK, registry);
    LoopCodec<ShadowScore> shadows =
        new LoopCodec<>(LoopTopics.shadow(service), LoopRecords.SHADOW_SCORE, registry);
    long epoch = 0;
    long shadowed = 0;
    try (ControlTopic control = ControlTopic.open(bootstrap, registry, InstantSource.system());
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      while (!Thread.currentThread().isInterrupted()) {
        Optional<ModelControl> held = control.last(model);
        if (held.isPresent() && held.get().epoch() > epoch) {
          epoch = held.get().epoch();
          obeyed.add(held.get());
          for (ModelAck ack : acksOf(held.get())) {
            send(producer, LoopTopics.ACKS, acks.encode(ack));
          }
        }
        if (shadowing && held.isPresent() && held.get().candidate() > 0 && shadowed != epoch) {
          shadowed = epoch;
          for (int i = 0; i < 300; i++) {
            // Each twice: after a restart the job may send one again.
            send(producer, LoopTopics.shadow(service), shadows.encode(score(held.get(), i / 2)));
          }
        }
        TimeUnit.MILLISECONDS.sleep(20);
      }
    } catch (InterruptedException | org.apache.kafka.common.errors.InterruptException e) {
      // Asked to end.
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, String topic, byte[] value)
      throws InterruptedException, java.util.concurrent.ExecutionException {
    producer.send(new ProducerRecord<>(topic, value)).get();
  }

  private List<ModelAck> acksOf(ModelControl control) {
    int version = control.candidate() > 0 ? control.candidate() : control.champion();
    List<ModelAck> acks = new ArrayList<>();
    int silent = !swapping && control.op() == ModelControl.Op.ACTIVATE ? 1 : 0;
    for (int i = 0; i < SUBTASKS - silent; i++) {
      boolean ready = able || i == 0;
      acks.add(
          new ModelAck(
              model,
              control.epoch(),
              version,
              i,
              SUBTASKS,
              ready,
              ready ? "" : "model.onnx was changed or damaged",
              7,
              0));
    }
    return acks;
  }

  private ShadowScore score(ModelControl control, int i) {
    return new ShadowScore(
        "prediction-" + i,
        "key-" + i,
        model,
        i,
        control.epoch(),
        control.champion(),
        0.2,
        control.candidate(),
        0.3,
        0);
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
