package io.millrace.server.infer;

import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.TestFeatures;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.model.ModelRepository;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import io.millrace.online.rocksdb.RocksDbOnlineStore;
import io.millrace.server.serve.FeatureServing;
import io.millrace.server.serve.ServeModule;
import io.millrace.server.serve.ServeOptions;
import io.millrace.server.serve.ServeServer;
import io.millrace.server.serve.ServingConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;

/**
 * A whole server over card payments: RocksDB with cards and shops, the model fraud in two versions,
 * the first one champion. The time is noon and one minute.
 */
public final class TestFeatureServer implements AutoCloseable {
  static final String MODEL = "fraud";
  static final long NOW_MS = TestFeatures.NOON_MS + 60_000;
  public static final int CARDS = 50;

  final Definitions definitions = TestFeatures.definitions();
  final VectorPlan plan = VectorPlan.of(definitions.service("fraud_v1"), definitions);
  final ModelRepository repository;
  final ScoringModels models;
  private final OnlineStore store;
  private final FeatureServing serving;
  private final ServeServer server;

  public TestFeatureServer(Path folder, ServeModule... more) {
    repository = new ModelRepository(folder.resolve("models"));
    saveModel(1);
    saveModel(2);
    repository.promote(MODEL, 1);
    models = ScoringModels.watching(repository, Duration.ofHours(1));
    List<OnlineView> views = views();
    store =
        RocksDbOnlineStore.open(
            folder.resolve("online"), views, () -> Instant.ofEpochMilli(NOW_MS));
    store.put(rows(views));
    serving =
        FeatureServing.of(
            definitions,
            any -> new Kept(store),
            () -> Instant.ofEpochMilli(NOW_MS),
            ServingConfig.DEFAULT);
    List<ServeModule> modules = new ArrayList<>(List.of(new InferModule(models)));
    modules.addAll(List.of(more));
    server = ServeServer.start(ServeOptions.at("127.0.0.1", 0), serving, modules);
  }

  /** The store outlives the serving, as the test closes it. */
  private record Kept(OnlineStore store) implements OnlineStore {
    @Override
    public int put(List<FeatureRow> rows) {
      return store.put(rows);
    }

    @Override
    public List<io.millrace.online.OnlineValue> get(List<io.millrace.online.OnlineKey> keys) {
      return store.get(keys);
    }

    @Override
    public List<io.millrace.online.OnlineValue> get(
        List<io.millrace.online.OnlineKey> keys, long nowMs) {
      return store.get(keys, nowMs);
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
    public void close() {}
  }

  private List<OnlineView> views() {
    return plan.lookups().stream()
        .map(lookup -> OnlineView.of(lookup.view(), lookup.aggregator().rowSchema()))
        .toList();
  }

  private void saveModel(long seed) {
    FeatureEncoder encoder = FeatureEncoder.fitting(plan.vectorSchema(), 10).encoder();
    TestModels.save(
        repository, MODEL, encoder, random -> drawn(plan.vectorSchema().fields(), random), seed);
  }

  private static Values drawn(List<Field> fields, Random random) {
    Values values = new Values(fields.size());
    for (int i = 0; i < fields.size(); i++) {
      if (random.nextInt(8) == 0) {
        continue;
      }
      ValueType type = fields.get(i).type();
      switch (type) {
        case INT64, TIMESTAMP -> values.setLong(i, random.nextInt(24));
        case FLOAT64 -> values.setDouble(i, random.nextGaussian());
        case BOOL -> values.setBoolean(i, random.nextBoolean());
        default -> throw new AssertionError(type);
      }
    }
    return values;
  }

  /** Cards c0 to c49, the last ten too old; shops s0 to s9. */
  private static List<FeatureRow> rows(List<OnlineView> views) {
    Random random = new Random(3);
    List<FeatureRow> rows = new ArrayList<>();
    for (OnlineView view : views) {
      boolean cards = view.id().startsWith("card");
      for (int i = 0; i < (cards ? CARDS : 10); i++) {
        long lastMs =
            cards && i >= 40
                ? TestFeatures.NOON_MS - Duration.ofDays(3).toMillis()
                : TestFeatures.NOON_MS;
        rows.add(
            new FeatureRow(
                view.id(),
                EntityKey.of((cards ? "c" : "s") + i),
                TestFeatures.NOON_MS,
                lastMs,
                1,
                drawn(view.schema().fields(), random)));
      }
    }
    return rows;
  }

  /** What the store holds for a key, as the stream would have it; null if it may not be served. */
  Values row(int lookup, String key) {
    String view = plan.lookups().get(lookup).view().id();
    return store
        .get(List.of(new io.millrace.online.OnlineKey(view, EntityKey.of(key))), NOW_MS)
        .get(0)
        .servedValues()
        .orElse(null);
  }

  public int port() {
    return server.port();
  }

  public ServeServer server() {
    return server;
  }

  @Override
  public void close() {
    server.close();
    serving.close();
    models.close();
    store.close();
  }
}
