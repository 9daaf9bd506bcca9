package io.millrace.server.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.platform.PlatformException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteStoreTest {
  @TempDir Path home;

  @Test
  void shouldTellAUriFromAFolder() {
    assertThat(RemoteStore.isRemote("s3://lake/offline")).isTrue();
    assertThat(RemoteStore.isRemote("/data/offline")).isFalse();
    assertThat(RemoteStore.isRemote("offline")).isFalse();
    assertThat(RemoteStore.isRemote("C:/data/offline")).isFalse();
  }

  @Test
  void shouldAskTheProcessThatHasFlink() throws Exception {
    RemoteStore store = new RemoteStore(home);
    Map<String, String> options =
        Map.of("store", "s3://lake/offline", "command", "verify", "table", "", "json", "false");
    assertThatThrownBy(() -> store.command(options))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("flink-jobs/target/lib does not exist. Build it with");
    Path target = home.toAbsolutePath().resolve("flink-jobs/target");
    Files.createDirectories(target.resolve("lib"));

    assertThat(store.command(options))
        .containsSequence("-cp", target.resolve("classes") + ":" + target.resolve("lib") + "/*")
        .endsWith(
            "io.millrace.jobs.RemoteStoreCommand",
            "--command",
            "verify",
            "--json",
            "false",
            "--store",
            "s3://lake/offline");
  }
}
