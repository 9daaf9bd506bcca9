package io.millrace.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.rocksdb.RocksDbOnlineStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefinitionsWatchTest {
  private static final String AVRO =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "string"}, {"name": "amount", "type": "double"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;
  private static final String SOURCE =
      """
      kind: EventSource
      name: payments
      topic: payments
      schema: payment.avsc
      event-time: {field: at}
      ---
      """;

  @TempDir Path definitions;
  @TempDir Path online;

  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  @BeforeEach
  void writeDefinitions() throws IOException {
    Files.writeString(definitions.resolve("payment.avsc"), AVRO);
    define("card", "paid");
  }

  private void define(String view, String feature) throws IOException {
    Files.writeString(
        definitions.resolve("all.yaml"),
        SOURCE
            + """
            kind: FeatureView
            name: %s
            version: 1
            entity: {keys: [card]}
            source: payments
            features: {%s: {sum: amount, window: 1h, resolution: 1m}}
            """
                .formatted(view, feature));
  }

  private FeatureServing serving(StoreOpener opener) throws Exception {
    Definitions all = DefinitionFiles.load(definitions, Map.of());
    return FeatureServing.of(all, opener, TestServing.NOON, ServingConfig.DEFAULT);
  }

  private DefinitionsWatch watch(FeatureServing serving, Duration every) {
    return DefinitionsWatch.start(
        definitions, () -> DefinitionFiles.load(definitions, Map.of()), serving, every, told::add);
  }

  @Test
  void shouldServeAChangedFileWithoutBeingAsked() throws Exception {
    try (FeatureServing serving =
            serving(
                views ->
                    RocksDbOnlineStore.open(
                        online.resolve(UUID.randomUUID().toString()), views, TestServing.NOON));
        DefinitionsWatch watch = watch(serving, Duration.ofMillis(20))) {
      assertThat(serving.answer(paid("card:paid")).rows()).isEqualTo(1);

      define("card", "spent");

      assertThat(told.poll(20, TimeUnit.SECONDS)).startsWith("serving changed definitions");
      assertThat(serving.answer(paid("card:spent")).name(0)).isEqualTo("card__spent");
      assertThat(watch.reload()).isFalse();
    }
  }

  @Test
  void shouldKeepWhatIsServedWhenFilesHaveMistakes() throws Exception {
    try (FeatureServing serving =
            serving(views -> RocksDbOnlineStore.open(online, views, TestServing.NOON));
        DefinitionsWatch watch = watch(serving, Duration.ofHours(1));
        ServeServer server =
            ServeServer.start(ServeOptions.at("127.0.0.1", 0), serving, List.of(watch))) {
      Files.writeString(definitions.resolve("more.yaml"), "kind: FeatureVeiw\n");

      org.assertj.core.api.Assertions.assertThatThrownBy(watch::reload)
          .isInstanceOf(Refusal.class)
          .hasMessageContaining(
              "more.yaml:1:7: there is no kind of definition FeatureVeiw; did you mean FeatureView?");
      assertThat(serving.answer(paid("card:paid")).rows()).isEqualTo(1);
      assertThat(server.port()).isPositive();
    }
  }

  @Test
  void shouldReplaceTheStoreUnderRequestsAndCloseEachOnce() throws Exception {
    List<String> opened = Collections.synchronizedList(new ArrayList<>());
    List<String> closed = Collections.synchronizedList(new ArrayList<>());
    StoreOpener opener =
        views -> {
          String name = views.iterator().next().schema().field(0).name();
          OnlineStore store =
              RocksDbOnlineStore.open(
                  online.resolve(name + opened.size()), views, TestServing.NOON);
          opened.add(name);
          return new ClosingStore(store, () -> closed.add(name));
        };
    try (FeatureServing serving = serving(opener)) {
      List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Thread reader =
            new Thread(
                () -> {
                  for (int j = 0; j < 2_000 && failures.isEmpty(); j++) {
                    try {
                      serving.answer(serving.query("card", Map.of("card", List.of("c" + j))));
                    } catch (Refusal e) {
                      // A query made of the definitions before names a feature that is gone.
                      if (e.kind() != Refusal.Kind.UNKNOWN) {
                        failures.add(e);
                      }
                    } catch (RuntimeException e) {
                      failures.add(e);
                    }
                  }
                });
        readers.add(reader);
        reader.start();
      }
      for (int i = 0; i < 10; i++) {
        define("card", i % 2 == 0 ? "spent" : "paid");
        serving.reload(DefinitionFiles.load(definitions, Map.of()));
      }
      for (Thread reader : readers) {
        reader.join();
      }
      assertThat(failures).isEmpty();
      assertThat(closed).isEqualTo(opened.subList(0, opened.size() - 1));
    }
    assertThat(closed).isEqualTo(opened);
  }

  @Test
  void shouldSayThatItIsNotReadyUntilTheStoreIsThere() throws Exception {
    java.util.concurrent.atomic.AtomicBoolean there =
        new java.util.concurrent.atomic.AtomicBoolean();
    java.util.concurrent.atomic.AtomicLong nowMs =
        new java.util.concurrent.atomic.AtomicLong(TestServing.NOON_MS);
    try (FeatureServing serving =
        FeatureServing.of(
            DefinitionFiles.load(definitions, Map.of()),
            views -> {
              if (!there.get()) {
                throw new OnlineStoreException("there is no store yet; start the job");
              }
              return RocksDbOnlineStore.open(online, views, TestServing.NOON);
            },
            () -> java.time.Instant.ofEpochMilli(nowMs.get()),
            ServingConfig.DEFAULT)) {
      assertThat(serving.isReady()).isFalse();
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> serving.answer(paid("card:paid")))
          .isInstanceOf(Refusal.class)
          .hasMessage("the online store cannot be read: there is no store yet; start the job");

      there.set(true);
      nowMs.addAndGet(1_000);

      assertThat(serving.answer(paid("card:paid")).rows()).isEqualTo(1);
      assertThat(serving.isReady()).isTrue();
    }
  }

  private static FeatureQuery paid(String feature) {
    return FeatureQuery.ofFeatures(List.of(feature), Map.of("card", List.of("c1")));
  }
}
