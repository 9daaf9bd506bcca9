package io.millrace.server.erase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.erasure.CardDefinitions;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.Subject;
import io.millrace.offline.KnownRow;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.erasure.StoreErasure;
import io.millrace.offline.maintenance.LocalStorePlace;
import io.millrace.offline.maintenance.StoreFolder;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineView;
import io.millrace.online.ValueStatus;
import io.millrace.online.redis.TestRedis;
import io.millrace.online.settings.OnlineSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis is emptied by the command; which keys of several columns it has, the offline store says.
 */
class OnlineErasureTest {
  private static final long NOON = Instant.parse("2024-05-01T12:00:00Z").toEpochMilli();
  private static final Subject SUBJECT = new Subject("card", "zebedee");

  @TempDir Path root;
  private Definitions definitions;
  private StoreErasure offline;

  @BeforeEach
  void define() throws Exception {
    Path folder = root.resolve("definitions");
    CardDefinitions.write(folder);
    definitions = DefinitionFiles.load(folder, Map.of());
    OfflineStore store = new OfflineStore(root.resolve("store"));
    ViewNode pair = ViewGraph.of(definitions).node("pair");
    OfflineTable<KnownRow> table =
        OfflineTables.features(pair.view(), pair.events(), pair.aggregator().rowSchema());
    Path file = store.folder(table).resolve("dt=2024-05-01/part-1.parquet");
    Files.createDirectories(file.getParent());
    try (var writer = ParquetRowWriter.open(table, file)) {
      for (String card : List.of("zebedee", "b")) {
        writer.write(
            new KnownRow(row("pair_v1", EntityKey.of("x|y", card)), NOON, OptionalLong.empty()));
      }
    }
    var change =
        DataFiles.append(List.of(DataFiles.describe("dt=2024-05-01/part-1.parquet", file)));
    StoreFolder.snapshots(store.folder(table), InstantSource.system())
        .commit(before -> Optional.of(change));
    offline =
        new StoreErasure(
            new LocalStorePlace(store),
            definitions,
            SUBJECT,
            new Erasure("e", "card", "00", Erasure.Phase.SWEEP, NOON, NOON),
            InstantSource.system());
  }

  @Test
  void shouldEmptyRedisOfAllKeysThatHaveTheSubject() throws Exception {
    try (TestRedis redis = TestRedis.start(root.resolve("redis"));
        OnlineStore store = settings(redis.port()).open(views(), Clock.systemUTC())) {
      List<FeatureRow> rows =
          List.of(
              row("card_v1", EntityKey.of("zebedee")),
              row("card_v1", EntityKey.of("b")),
              row("pair_v1", EntityKey.of("x|y", "zebedee")),
              row("pair_v1", EntityKey.of("x|y", "b")));
      store.put(rows);
      store.flush();

      assertThat(erase(redis.port())).as("rows").isEqualTo(2);

      assertThat(
              store
                  .get(rows.stream().map(row -> new OnlineKey(row.view(), row.key())).toList())
                  .stream()
                  .map(value -> value.status()))
          .containsExactly(
              ValueStatus.NOT_FOUND,
              ValueStatus.PRESENT,
              ValueStatus.NOT_FOUND,
              ValueStatus.PRESENT);
      try (var client = redis.client()) {
        assertThat(client.keys("*zebedee*")).isEmpty();
        assertThat(client.keys("*")).as("the search sees keys").isNotEmpty();
      }
      assertThat(erase(redis.port())).as("once more").isZero();
    }
  }

  @Test
  void shouldEmptyRedisOfOtherVersionsOfTheViewsToo() throws Exception {
    Path second = root.resolve("second");
    CardDefinitions.write(second);
    Path file = second.resolve("definitions.yaml");
    Files.writeString(
        file, Files.readString(file).replace("name: card\n", "name: card\nversion: 2\n"));
    Definitions newer = DefinitionFiles.load(second, Map.of());
    try (TestRedis redis = TestRedis.start(root.resolve("redis"));
        OnlineStore store = settings(redis.port()).open(viewsOf(newer), Clock.systemUTC())) {
      store.put(
          List.of(
              row("card_v2", EntityKey.of("zebedee")),
              row("pair_v1", EntityKey.of("x|y", "zebedee"))));
      List<Definitions> ever = List.of(definitions, newer);
      assertThat(erase(redis.port(), ever).rows()).isEqualTo(2);
      try (var client = redis.client()) {
        assertThat(client.keys("*")).isEmpty();
      }
    }
  }

  @Test
  void shouldLeaveNoByteInTheFilesOfRedis() throws Exception {
    Path folder = root.resolve("redis");
    String[] inClear = {
      "--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--rdbcompression", "no"
    };
    try (TestRedis redis = TestRedis.start(folder, inClear);
        OnlineStore store = settings(redis.port()).open(views(), Clock.systemUTC());
        var client = redis.client()) {
      store.put(
          List.of(row("card_v1", EntityKey.of("zebedee")), row("card_v1", EntityKey.of("others"))));
      client.save();
      assertThat(filesWith(folder, "zebedee"))
          .as("the search finds it")
          .anyMatch(file -> file.toString().endsWith(".rdb"))
          .anyMatch(file -> file.toString().contains("aof"));
      OnlineErasure.Result done = erase(redis.port(), List.of(definitions));
      assertThat(done.rows()).isEqualTo(1);
      assertThat(done.onDisk()).isEmpty();
      // Redis deletes the file before in a thread of its own.
      long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (!filesWith(folder, "zebedee").isEmpty() && System.nanoTime() < end) {
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      }
      assertThat(filesWith(folder, "zebedee")).isEmpty();
      assertThat(filesWith(folder, "others")).as("others stay").hasSize(2);

      client.aclSetUser("default", "-bgrewriteaof");
      assertThat(erase(redis.port(), List.of(definitions)).onDisk())
          .hasValueSatisfying(
              why -> assertThat(why).contains("a server refused: ").contains("bgrewriteaof"));
    }
  }

  private static List<Path> filesWith(Path root, String text) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
          found.add(file);
        }
      }
    } catch (UncheckedIOException | NoSuchFileException e) {
      return List.of(root); // one was deleted meanwhile
    }
    return found;
  }

  @Test
  void shouldSayThatRedisCannotBeReached() {
    int port;
    try (TestRedis redis = TestRedis.start(root.resolve("redis"))) {
      port = redis.port();
    }
    assertThatThrownBy(() -> erase(port))
        .isInstanceOf(OnlineStoreException.class)
        .hasMessageContaining(Integer.toString(port));
  }

  private long erase(int port) throws InterruptedException {
    return erase(port, List.of(definitions)).rows();
  }

  private OnlineErasure.Result erase(int port, List<Definitions> ever) throws InterruptedException {
    return OnlineErasure.run(settings(port), ever, SUBJECT, offline, Duration.ofSeconds(30));
  }

  private static OnlineSettings settings(int port) {
    return OnlineSettings.of(
        Map.of("online.store", "redis", "online.redis.nodes", "127.0.0.1:" + port));
  }

  private List<OnlineView> views() {
    return viewsOf(definitions);
  }

  private static List<OnlineView> viewsOf(Definitions some) {
    return ViewGraph.of(some).asDefined().stream()
        .map(node -> OnlineView.of(node.view(), node.aggregator().rowSchema(), node.events()))
        .toList();
  }

  private static FeatureRow row(String view, EntityKey key) {
    return new FeatureRow(view, key, NOON, NOON - 1, 1, Values.of(1L));
  }
}
