package io.millrace.server.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.platform.PlatformException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteStoreTest {
  @TempDir Path home;

  @Test
  void shouldAskACommandLineThatHasFlink() throws Exception {
    RemoteStore store = new RemoteStore(home);
    List<String> arguments = List.of("offline", "--store", "s3://lake/offline", "verify");
    Path root = home.toAbsolutePath();
    Files.createDirectories(root.resolve("feature-server/target/lib"));
    assertThatThrownBy(() -> store.command(arguments))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("flink-jobs/target/lib does not exist. Build it with");
    Files.createDirectories(root.resolve("flink-jobs/target/lib"));
    Files.createFile(root.resolve("feature-server/target/lib/both.jar"));
    Files.createFile(root.resolve("flink-jobs/target/lib/both.jar"));
    Path flink = Files.createFile(root.resolve("flink-jobs/target/lib/flink.jar"));

    assertThat(store.command(arguments))
        .contains("-Dmillrace.home=" + root)
        .endsWith(
            "io.millrace.server.Millrace", "offline", "--store", "s3://lake/offline", "verify");
    Path own = root.resolve("feature-server/target");
    assertThat(store.command(arguments))
        .as("a jar that both have is there once")
        .contains(
            own.resolve("classes")
                + ":"
                + own.resolve("lib")
                + "/*:"
                + root.resolve("flink-jobs/target/classes")
                + ":"
                + flink);
  }
}
