package io.millrace.server.serve;

import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.TestFeatures;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineValue;
import io.millrace.online.OnlineView;
import io.millrace.online.rocksdb.RocksDbOnlineStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Card payments, served at noon from a RocksDB folder: card {@code c1} an hour old, {@code c2}
 * three days old and so beyond its view's ttl, shop {@code s1} with one value that is null.
 */
final class TestServing implements AutoCloseable {
  static final long NOON_MS = TestFeatures.NOON_MS;
  static final InstantSource NOON = InstantSource.fixed(java.time.Instant.ofEpochMilli(NOON_MS));

  private static final long HOUR_MS = Duration.ofHours(1).toMillis();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  final FeatureServing serving;
  final ServeServer server;
  final AtomicInteger reads = new AtomicInteger();
  final AtomicInteger keysRead = new AtomicInteger();

  private TestServing(
      Path folder, Definitions definitions, ServingConfig config, List<ServeModule> modules) {
    serving =
        FeatureServing.of(
            definitions,
            views -> new CountingStore(RocksDbOnlineStore.open(folder, views, NOON)),
            NOON,
            config);
    server = ServeServer.start(ServeOptions.at("127.0.0.1", 0), serving, modules);
  }

  static TestServing start(Path folder) {
    return start(folder, ServingConfig.DEFAULT);
  }

  static TestServing start(Path folder, ServingConfig config, ServeModule... modules) {
    Definitions definitions = TestFeatures.definitions();
    try (OnlineStore store = RocksDbOnlineStore.open(folder, views(definitions), NOON)) {
      store.put(
          List.of(
              row("card_v1", "c1", NOON_MS - HOUR_MS - 500, Values.of(3L, 20.5, 7.25)),
              row("card_v1", "c2", NOON_MS - 72 * HOUR_MS, Values.of(9L, 99.5, 33.0)),
              row("shop_v1", "s1", NOON_MS - 60_000, Values.of(null, 4L))));
    }
    return new TestServing(folder, definitions, config, List.of(modules));
  }

  static Collection<OnlineView> views(Definitions definitions) {
    return ViewGraph.of(definitions).asDefined().stream()
        .map((ViewNode node) -> OnlineView.of(node.view(), node.aggregator().rowSchema()))
        .toList();
  }

  static FeatureRow row(String view, String key, long lastEventMs, Values values) {
    return new FeatureRow(view, EntityKey.of(key), lastEventMs + 1, lastEventMs, 1, values);
  }

  record Reply(int status, String contentType, String body) {}

  Reply get(String path) {
    return send(HttpRequest.newBuilder(uri(path)));
  }

  Reply post(String path, String body) {
    return post(path, body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  Reply post(String path, byte[] body) {
    return send(
        HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  private static Reply send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response =
          CLIENT.send(
              request.version(HttpClient.Version.HTTP_1_1).timeout(Duration.ofSeconds(30)).build(),
              HttpResponse.BodyHandlers.ofString());
      return new Reply(
          response.statusCode(),
          response.headers().firstValue("content-type").orElse(""),
          response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.close();
    serving.close();
  }

  /** Counts round trips. */
  private final class CountingStore implements OnlineStore {
    private final OnlineStore store;

    private CountingStore(OnlineStore store) {
      this.store = store;
    }

    @Override
    public List<OnlineValue> get(List<OnlineKey> keys, long nowMs) {
      reads.incrementAndGet();
      keysRead.addAndGet(keys.size());
      return store.get(keys, nowMs);
    }

    @Override
    public List<OnlineValue> get(List<OnlineKey> keys) {
      return get(keys, NOON_MS);
    }

    @Override
    public int put(List<FeatureRow> rows) {
      return store.put(rows);
    }

    @Override
    public void delete(String view, EntityKey key) {
      store.delete(view, key);
    }

    @Override
    public int erase(Collection<String> views, EntityKey key) {
      return store.erase(views, key);
    }

    @Override
    public void flush() {
      store.flush();
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
