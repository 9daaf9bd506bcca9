package io.millrace.online.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreContract;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineValue;
import io.millrace.online.OnlineView;
import io.millrace.online.ValueStatus;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RocksDbOnlineStoreTest extends OnlineStoreContract {
  private static final InstantSource NOW = InstantSource.fixed(Instant.EPOCH);

  @TempDir Path temp;

  @Override
  protected OnlineStore open(Collection<OnlineView> views, Instant clock) {
    return RocksDbOnlineStore.open(temp.resolve("store"), views, InstantSource.fixed(clock));
  }

  @Override
  protected OnlineStore openForgetful(Collection<OnlineView> views, Duration expireAfterTtl) {
    return RocksDbOnlineStore.open(
        temp.resolve("forgetful"), views, InstantSource.system(), expireAfterTtl, Duration.ZERO);
  }

  @Test
  void shouldForgetByTheTimesOfEventsWhateverTheClockSays() {
    int many = 25_000;
    long hourMs = Duration.ofHours(1).toMillis();
    try (OnlineStore store = openForgetful(VIEWS, Duration.ofHours(1))) {
      List<FeatureRow> rows = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        rows.add(tail("N" + i, i % 2 == 0 ? 0 : hourMs, 1)); // of 1970
      }
      store.put(rows);
      store.put(tail("last", 3 * hourMs, 1)); // the view's ttl is two hours
      store.flush();
      assertThat(left(store, many)).as("none is old enough yet").isEqualTo(many);

      store.put(tail("last", 3 * hourMs + 1, 2));
      store.put(tail("N0", 2 * hourMs, 2));
      for (int step = 0; step < 6; step++) {
        store.flush();
      }
      assertThat(left(store, many)).isEqualTo(many / 2 + 1);
    }
    try (OnlineStore store = openForgetful(VIEWS, Duration.ofHours(1))) {
      store.flush();
      assertThat(left(store, many)).as("nothing is put").isEqualTo(many / 2 + 1);

      // An event of the far future is no later than the clock, by which all the others are old.
      store.put(tail("late", Long.MAX_VALUE / 2, 1));
      for (int step = 0; step < 6; step++) {
        store.flush();
      }
      assertThat(left(store, many)).isZero();
      assertThat(store.get(List.of(new OnlineKey("tail_v1", EntityKey.of("late")))).get(0).row())
          .isPresent();
    }
  }

  private static long left(OnlineStore store, int many) {
    List<OnlineKey> keys = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      keys.add(new OnlineKey("tail_v1", EntityKey.of("N" + i)));
    }
    return store.get(keys, 0).stream().filter(value -> value.row().isPresent()).count();
  }

  @Test
  void shouldKeepEveryPutThatReturnedWhenTheProcessIsKilled() throws Exception {
    Path folder = temp.resolve("killed");
    Process writer = startWriter(folder);
    long told = 0;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
      while (told < 5000) {
        String line = lines.readLine();
        assertThat(line).as("the writer ended early").isNotNull();
        told = Long.parseLong(line);
      }
    } finally {
      writer.destroyForcibly().waitFor();
    }
    assertThat(sequenceIn(folder)).isGreaterThanOrEqualTo(told);
  }

  @Test
  void shouldLeaveNoByteOfAKeyThatATestFinds() throws Exception {
    Path folder = temp.resolve("erased");
    List<OnlineView> views = VIEWS;
    // So little memory that there are many files, and the key is the first or last of some.
    try (RocksDbOnlineStore written = RocksDbOnlineStore.open(folder, views, NOW, 64 << 10)) {
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 200; i++) {
          written.put(tail("N" + i, round, 1));
        }
        written.put(tail("AAAA-subject", round, 1));
        written.put(tail("ZZZZ-subject", round, 1));
      }
      assertThat(bytesHave(folder, "-subject")).as("the search finds it").isTrue();
      assertThat(written.erase((view, key) -> key.text().endsWith("-subject"))).isEqualTo(2);
      assertThat(bytesHave(folder, "-subject")).isFalse();
      assertThat(written.get(List.of(new OnlineKey("tail_v1", EntityKey.of("N7")))).get(0).row())
          .contains(tail("N7", 19, 1));
      assertThat(written.erase((view, key) -> key.text().endsWith("-subject"))).isZero();
    }
  }

  private static boolean bytesHave(Path folder, String text) throws IOException {
    // The names first: RocksDB deletes what it has replaced while it is being looked at.
    try (var names = Files.list(folder)) {
      for (Path file : names.toList()) {
        if (contains(file, text)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean contains(Path file, String text) throws IOException {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Test
  void shouldLetAReaderFollowAWriterInAnotherProcess() throws Exception {
    Path folder = temp.resolve("followed");
    Process writer = startWriter(folder);
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
      long told = Long.parseLong(lines.readLine());
      try (OnlineStore reader = RocksDbOnlineStore.openReader(folder, VIEWS, NOW, Duration.ZERO)) {
        for (int i = 0; i < 2000; i++) {
          assertThat(sequence(reader)).isGreaterThanOrEqualTo(told);
          told = Long.parseLong(lines.readLine());
        }
      }
    } finally {
      writer.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 42})
  void shouldFollowAcrossFlushesCompactionsAndNewWriters(long seed) {
    Path folder = temp.resolve("long" + seed);
    Random random = new Random(seed);
    RocksDbOnlineStore writer = RocksDbOnlineStore.open(folder, VIEWS, NOW, 64 << 10);
    Map<EntityKey, FeatureRow> newest = new HashMap<>();
    try (OnlineStore reader = RocksDbOnlineStore.openReader(folder, VIEWS, NOW, Duration.ZERO)) {
      for (int round = 1; round <= 300; round++) {
        List<FeatureRow> rows = new ArrayList<>();
        for (int i = random.nextInt(500); i >= 0; i--) {
          rows.add(tail("N" + random.nextInt(300), round, i));
        }
        writer.put(rows);
        rows.forEach(row -> newest.merge(row.key(), row, (a, b) -> newer(a, b)));
        if (random.nextInt(10) == 0) {
          writer.close();
          writer = RocksDbOnlineStore.open(folder, VIEWS, NOW, 64 << 10);
        }
        if (random.nextInt(3) == 0) {
          List<EntityKey> keys = List.copyOf(newest.keySet());
          List<OnlineValue> read =
              reader.get(keys.stream().map(key -> new OnlineKey("tail_v1", key)).toList());
          for (int i = 0; i < keys.size(); i++) {
            assertThat(read.get(i).row())
                .as("seed %d, round %d, key %s", seed, round, keys.get(i))
                .contains(newest.get(keys.get(i)));
          }
        }
      }
      assertThat(folder.toFile().list((f, name) -> name.endsWith(".sst"))).isNotEmpty();
    } finally {
      writer.close();
    }
  }

  private static FeatureRow newer(FeatureRow a, FeatureRow b) {
    boolean first =
        a.asOfMs() > b.asOfMs() || (a.asOfMs() == b.asOfMs() && a.sequence() >= b.sequence());
    return first ? a : b;
  }

  @Test
  void shouldNotFollowMoreOftenThanAsked() {
    Path folder = temp.resolve("seldom");
    try (OnlineStore writer = RocksDbOnlineStore.open(folder, VIEWS, NOW)) {
      writer.put(origin("SFO", 1, 1));
      try (OnlineStore reader =
          RocksDbOnlineStore.openReader(folder, VIEWS, NOW, Duration.ofHours(1))) {
        writer.put(origin("SFO", 2, 2));
        assertThat(sequence(reader)).isEqualTo(1);
      }
    }
  }

  @Test
  void shouldRefuseToWriteThroughAReader() {
    Path folder = temp.resolve("read");
    RocksDbOnlineStore.open(folder, VIEWS, NOW).close();
    try (OnlineStore reader = RocksDbOnlineStore.openReader(folder, VIEWS, NOW, Duration.ZERO)) {
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> reader.put(origin("SFO", 1, 1)))
          .withMessageContaining("opened for reading");
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> reader.delete("origin_v2", EntityKey.of("SFO")))
          .withMessageContaining("opened for reading");
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(reader::flush)
          .withMessageContaining("opened for reading");
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> reader.erase(List.of("origin_v2"), EntityKey.of("SFO")))
          .withMessageContaining("opened for reading");
    }
  }

  @Test
  void shouldRefuseASecondWriter() {
    Path folder = temp.resolve("one");
    try (OnlineStore first = RocksDbOnlineStore.open(folder, VIEWS, NOW)) {
      assertThatExceptionOfType(OnlineStoreException.class)
          .isThrownBy(() -> RocksDbOnlineStore.open(folder, VIEWS, NOW))
          .withMessageContaining(folder + " is open for writing already")
          .withMessageContaining("open this one for reading");
      first.put(origin("SFO", 1, 1));
    }
  }

  @Test
  void shouldRefuseASecondWriterInAnotherProcess() throws Exception {
    Path folder = temp.resolve("one");
    Process writer = startWriter(folder);
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("1");
      assertThatExceptionOfType(OnlineStoreException.class)
          .isThrownBy(() -> RocksDbOnlineStore.open(folder, VIEWS, NOW))
          .withMessageContaining("is open for writing already");
    } finally {
      writer.destroyForcibly().waitFor();
    }
  }

  @Test
  void shouldRefuseAFolderOfOtherThingsAndLeaveItAlone() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("other"));
    Files.writeString(folder.resolve("CURRENT"), "somebody's");
    Files.writeString(folder.resolve("letter.txt"), "dear");
    assertThatExceptionOfType(OnlineStoreException.class)
        .isThrownBy(() -> RocksDbOnlineStore.open(folder, VIEWS, NOW))
        .withMessageContaining("holds no online store, but other files (CURRENT, letter.txt)")
        .withMessageContaining("name an empty folder");
    assertThatExceptionOfType(OnlineStoreException.class)
        .isThrownBy(() -> RocksDbOnlineStore.openReader(folder, VIEWS, NOW, Duration.ZERO))
        .withMessageContaining("holds no online store");
    assertThat(folder.toFile().list()).hasSize(2);
  }

  @Test
  void shouldRefuseAFileAndAFolderBelowAFile() throws IOException {
    Path file = Files.writeString(temp.resolve("file"), "");
    assertThatExceptionOfType(OnlineStoreException.class)
        .isThrownBy(() -> RocksDbOnlineStore.open(file, VIEWS, NOW))
        .withMessageContaining("is a file, but an online store needs a folder");
    assertThatExceptionOfType(OnlineStoreException.class)
        .isThrownBy(() -> RocksDbOnlineStore.open(file.resolve("below"), VIEWS, NOW))
        .withMessageContaining("cannot be made or written");
  }

  @Test
  void shouldRefuseAFolderWithoutThePermissionToWrite() throws IOException {
    Path locked = Files.createDirectory(temp.resolve("locked"));
    Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
    // The super-user may write anywhere but into the kernel's own folders.
    Path folder = Files.isWritable(locked) ? Path.of("/proc/millrace") : locked;
    assertThatExceptionOfType(OnlineStoreException.class)
        .isThrownBy(() -> RocksDbOnlineStore.open(folder, VIEWS, NOW))
        .withMessageContaining("give this user the right to, or name another folder");
  }

  @Test
  void shouldRefuseAnotherFormat() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("future"));
    Files.writeString(folder.resolve("MILLRACE-ONLINE-STORE"), "format 2\n");
    assertThatExceptionOfType(OnlineStoreException.class)
        .isThrownBy(() -> RocksDbOnlineStore.open(folder, VIEWS, NOW))
        .withMessageContaining("'format 2', but this version reads 'format 1'");
  }

  @Test
  void shouldTellAReaderThatThereIsNoStoreYet() {
    assertThatExceptionOfType(OnlineStoreException.class)
        .isThrownBy(
            () -> RocksDbOnlineStore.openReader(temp.resolve("none"), VIEWS, NOW, Duration.ZERO))
        .withMessageContaining("there is no online store at " + temp.resolve("none") + " yet");
    assertThat(temp.resolve("none")).doesNotExist();
  }

  @Test
  void shouldTellThatAStoreIsDamaged() throws IOException {
    Path folder = temp.resolve("damaged");
    try (OnlineStore store = RocksDbOnlineStore.open(folder, VIEWS, NOW)) {
      store.put(origin("SFO", 1, 1));
    }
    RocksDbOnlineStore.open(folder, VIEWS, NOW).close(); // writes the log's rows to a table file
    Path current = folder.resolve("CURRENT");
    String manifest = Files.readString(current);
    Files.writeString(current, "MANIFEST-999999\n");
    assertDamaged(folder);
    Files.writeString(current, "nonsense");
    assertDamaged(folder);
    Files.delete(current);
    assertDamaged(folder);
    Files.writeString(current, manifest);
    try (var files = Files.list(folder)) {
      for (Path table : files.filter(f -> f.toString().endsWith(".sst")).toList()) {
        Files.delete(table);
      }
    }
    assertDamaged(folder);
  }

  private static void assertDamaged(Path folder) {
    assertThatExceptionOfType(OnlineStoreException.class)
        .isThrownBy(() -> RocksDbOnlineStore.open(folder, VIEWS, NOW))
        .withMessageContaining("the online store at " + folder + " is damaged (")
        .withMessageContaining("restore the folder, or delete it and let the job write it again");
  }

  private static Process startWriter(Path folder) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            PutForever.class.getName(),
            folder.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static long sequenceIn(Path folder) {
    try (OnlineStore store = RocksDbOnlineStore.open(folder, VIEWS, NOW)) {
      return sequence(store);
    }
  }

  private static long sequence(OnlineStore store) {
    var value = store.get(List.of(new OnlineKey("origin_v2", EntityKey.of("SFO")))).get(0);
    assertThat(value.status()).isEqualTo(ValueStatus.PRESENT);
    assertThat(value.row().orElseThrow().values().longAt(0))
        .isEqualTo(value.row().orElseThrow().sequence());
    return value.row().orElseThrow().sequence();
  }
}
