package io.millrace.server.erase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OldCheckpointsTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  @TempDir Path root;

  @Test
  void shouldNameWhatIsOlderThanTheErasure() throws Exception {
    Path retained = made("checkpoints/job/chk-7", NOON.minusSeconds(1));
    made("checkpoints/job/chk-8", NOON);
    Path savepoint = made("checkpoints/savepoints/savepoint-1-2", NOON.minusSeconds(100));

    assertThat(OldCheckpoints.in(List.of(root.resolve("checkpoints")), NOON, Duration.ZERO))
        .containsExactly(retained, savepoint);
  }

  @Test
  void shouldNameNothingWhereAllIsNewer() throws Exception {
    made("checkpoints/job/chk-8", NOON);
    assertThat(OldCheckpoints.in(List.of(root.resolve("checkpoints")), NOON, Duration.ZERO))
        .isEmpty();
    assertThat(OldCheckpoints.in(List.of(), NOON, Duration.ZERO)).isEmpty();
  }

  @Test
  void shouldSayThatAFolderCannotBeListed() {
    Path none = root.resolve("none");
    assertThatThrownBy(() -> OldCheckpoints.in(List.of(none), NOON, Duration.ZERO))
        .isInstanceOf(OfflineException.class)
        .hasMessageStartingWith("the checkpoints at " + none + " cannot be listed: ");
  }

  private Path made(String name, Instant at) throws IOException {
    Path folder = Files.createDirectories(root.resolve(name));
    Path metadata = Files.writeString(folder.resolve("_metadata"), "x");
    Files.setLastModifiedTime(metadata, FileTime.from(at));
    return folder;
  }
}
