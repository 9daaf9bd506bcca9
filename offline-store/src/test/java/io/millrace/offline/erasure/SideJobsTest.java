package io.millrace.offline.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.erasure.SideJobs.SideJob;
import io.millrace.offline.maintenance.LocalStorePlace;
import io.millrace.offline.snapshot.StorePlace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SideJobsTest {
  @TempDir Path root;

  @Test
  void shouldKnowAJobAsLongAsItsCheckpointsAreThere() throws Exception {
    StorePlace store = new LocalStorePlace(new OfflineStore(root.resolve("store")));
    assertThat(SideJobs.all(store)).isEmpty();
    SideJob shops = job("views shop", "b");
    SideJob cards = job("views card", "a");
    SideJob again = job("views card", "c");
    SideJobs.note(store, shops);
    SideJobs.note(store, cards);
    SideJobs.note(store, again);
    SideJobs.note(store, cards);
    assertThat(SideJobs.all(store)).containsExactlyInAnyOrder(cards, again, shops);

    Files.delete(cards.checkpoints());
    assertThat(SideJobs.all(store)).containsExactly(again, shops);
    Files.createDirectory(cards.checkpoints());
    assertThat(SideJobs.all(store)).as("forgotten for good").containsExactly(again, shops);
  }

  @Test
  void shouldTellTwoJobsOfTheSameViewsApart() {
    StorePlace store = new LocalStorePlace(new OfflineStore(root.resolve("store")));
    List<SideJob> two =
        List.of(
            job(SideJobs.nameOf(List.of("card", "shop"), root.resolve("a")), "a"),
            job(SideJobs.nameOf(List.of("card", "shop"), root.resolve("b")), "b"));
    two.forEach(one -> SideJobs.note(store, one));
    assertThat(two).extracting(SideJob::name).doesNotHaveDuplicates();
    assertThat(SideJobs.all(store))
        .containsExactlyInAnyOrderElementsOf(two)
        .allSatisfy(one -> assertThat(one.name()).matches("views card shop #[0-9a-f]{8}"));
    assertThat(SideJobs.nameOf(List.of("card", "shop"), root.resolve("x/../a")))
        .as("the same when it goes on")
        .isEqualTo(two.get(0).name());
  }

  @Test
  void shouldNameANoteThatCannotBeRead() throws Exception {
    StorePlace store = new LocalStorePlace(new OfflineStore(root.resolve("store")));
    SideJobs.note(store, job("views card", "a"));
    Path note;
    try (Stream<Path> files = Files.list(root.resolve("store/_erasure/jobs"))) {
      note = files.findFirst().orElseThrow();
    }
    Files.writeString(note, "{\"job\": \"views card\"}");
    assertThatThrownBy(() -> SideJobs.all(store))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining(note.toString())
        .hasMessageContaining("it lacks job, checkpoints or definitions");
  }

  private SideJob job(String name, String folder) {
    return new SideJob(
        name, root.resolve(folder), root.resolve("definitions"), Map.of("dataset", "nyc"));
  }
}
