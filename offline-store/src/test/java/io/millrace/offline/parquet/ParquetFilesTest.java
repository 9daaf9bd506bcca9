package io.millrace.offline.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetFilesTest {
  private static final int IN_PROGRESS = 200;
  private static final int LISTINGS = 200;

  @TempDir Path folder;

  @Test
  void shouldListATableThatIsWrittenTo() throws Exception {
    Path day = Files.createDirectories(folder.resolve("dt=2020-01-08"));
    Path done = Files.createFile(day.resolve("part-0.parquet"));
    AtomicBoolean ended = new AtomicBoolean();
    CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(day, ended));
    try {
      for (int i = 0; i < LISTINGS; i++) {
        assertThat(ParquetFiles.at(folder)).containsExactly(done);
      }
    } finally {
      ended.set(true);
      writer.join();
    }
  }

  private static void write(Path day, AtomicBoolean ended) {
    try {
      while (!ended.get()) {
        for (int i = 0; i < IN_PROGRESS; i++) {
          Files.createFile(day.resolve(".part-" + i + ".inprogress"));
        }
        for (int i = 0; i < IN_PROGRESS; i++) {
          Files.delete(day.resolve(".part-" + i + ".inprogress"));
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
