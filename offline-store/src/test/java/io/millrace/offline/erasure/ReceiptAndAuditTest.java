package io.millrace.offline.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.maintenance.LocalStorePlace;
import io.millrace.offline.snapshot.StorePlace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptAndAuditTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2024-05-01T12:00:00Z"));

  @TempDir Path root;

  @Test
  void shouldSignWhatNobodyCanChange() throws Exception {
    StorePlace store = new LocalStorePlace(new OfflineStore(root.resolve("store")));
    Path file = root.resolve("receipt.json");
    String text =
        SignedReceipt.sign(
            store, new ObjectMapper().createObjectNode().put("erasure", "é1").put("rows", 7));
    Files.writeString(file, text);
    assertThat(
            SignedReceipt.verify(file, Path.of(SignedReceipt.publicKey(store)))
                .path("rows")
                .asInt())
        .isEqualTo(7);
    Files.writeString(file, text.replace(": 7", ": 8").replace(":7", ":8"));
    assertThatThrownBy(() -> SignedReceipt.verify(file, Path.of(SignedReceipt.publicKey(store))))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining(
            "is not what the store of "
                + SignedReceipt.publicKey(store)
                + " signed: it was changed, or another store's key signed it");
    Files.writeString(file, text);
    StorePlace other = new LocalStorePlace(new OfflineStore(root.resolve("other")));
    SignedReceipt.sign(other, new ObjectMapper().createObjectNode());
    assertThatThrownBy(() -> SignedReceipt.verify(file, Path.of(SignedReceipt.publicKey(other))))
        .isInstanceOf(OfflineException.class);
    Files.writeString(file, "{}");
    assertThatThrownBy(() -> SignedReceipt.verify(file, Path.of(SignedReceipt.publicKey(store))))
        .isInstanceOf(OfflineException.class);
  }

  @Test
  void shouldKeepSecretsForTheOwnerAndMakeThemOnce() throws Exception {
    StorePlace store = new LocalStorePlace(new OfflineStore(root));
    assertThatThrownBy(() -> StoreSecret.of(store))
        .hasMessageContaining("is not there, by which they are known; put it back from a copy");
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Future<byte[]>> made = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        made.add(pool.submit(() -> StoreSecret.orNew(store)));
      }
      for (Future<byte[]> one : made) {
        assertThat(one.get()).hasSize(32).isEqualTo(StoreSecret.of(store));
      }
    } finally {
      pool.shutdownNow();
    }
    SignedReceipt.sign(store, new ObjectMapper().createObjectNode());
    for (Path secret :
        List.of(Path.of(StoreSecret.place(store)), root.resolve("_erasure/receipt-key"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void shouldSayWhereTheAuditLogWasChanged() throws Exception {
    StorePlace store = new LocalStorePlace(new OfflineStore(root));
    AuditLog log = new AuditLog(store, CLOCK);
    assertThat(log.read()).isEmpty();
    for (int i = 1; i <= 4; i++) {
      log.add("ann", "erase", Map.of("erasure", "e" + i));
    }
    assertThat(log.read()).extracting(AuditLog.Entry::n).containsExactly(1L, 2L, 3L, 4L);
    assertThat(log.read().get(0).at()).isEqualTo("2024-05-01T12:00:00Z");

    Path file = root.resolve("_audit/log.jsonl");
    List<String> lines = Files.readAllLines(file);
    Files.write(file, List.of(lines.get(0), lines.get(2), lines.get(3)));
    broken(log, 2, "a line before it is missing, or was put in");
    Files.write(file, List.of(lines.get(0), lines.get(1).replace("ann", "bob"), lines.get(2)));
    broken(log, 2, "it was changed");
    Files.write(file, List.of(lines.get(0), "no json"));
    broken(log, 2, "it is no JSON object");
    assertThatThrownBy(() -> log.add("ann", "erase", Map.of())).hasMessageContaining("is broken");
    Files.write(file, lines);
    assertThat(log.read()).hasSize(4);
  }

  private static void broken(AuditLog log, int line, String how) {
    assertThatThrownBy(log::read)
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("is broken at line " + line + ": " + how);
  }
}
