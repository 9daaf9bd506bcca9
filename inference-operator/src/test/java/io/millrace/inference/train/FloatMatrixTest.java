package io.millrace.inference.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FloatMatrixTest {
  @TempDir Path folder;

  private Path written(int columns, int rows, long seed) throws IOException {
    Path file = folder.resolve("rows-" + columns + "-" + rows);
    Random random = new Random(seed);
    try (FloatMatrix.Writer writer = new FloatMatrix.Writer(file, columns)) {
      FloatBuffer row = FloatBuffer.allocate(columns);
      for (int i = 0; i < rows; i++) {
        fill(row, random);
        writer.add(random.nextLong(), random.nextBoolean(), row, 0);
      }
    }
    return file;
  }

  private static void fill(FloatBuffer row, Random random) {
    for (int column = 0; column < row.capacity(); column++) {
      row.put(column, random.nextInt(10) == 0 ? Float.NaN : (float) random.nextGaussian());
    }
  }

  @Test
  void shouldReadWhatWasWrittenOverManyChunks() throws IOException {
    int columns = 61;
    int rows = 20_000;
    Path file = written(columns, rows, 5);
    Random random = new Random(5);
    FloatBuffer due = FloatBuffer.allocate(columns);

    try (FloatMatrix.Reader reader = new FloatMatrix.Reader(file)) {
      assertThat(reader.rows()).isEqualTo(rows);
      assertThat(reader.columns()).isEqualTo(columns);
      for (int i = 0; i < rows; i++) {
        fill(due, random);
        assertThat(reader.next()).isTrue();
        assertThat(reader.timeMs()).isEqualTo(random.nextLong());
        assertThat(reader.label()).isEqualTo(random.nextBoolean() ? 1f : 0f);
        for (int column = 0; column < columns; column++) {
          assertThat(Float.floatToRawIntBits(reader.value(column)))
              .isEqualTo(Float.floatToRawIntBits(due.get(column)));
        }
      }
      assertThat(reader.next()).isFalse();
    }
  }

  @Test
  void shouldHoldNoRows() throws IOException {
    try (FloatMatrix.Reader reader = new FloatMatrix.Reader(written(3, 0, 1))) {
      assertThat(reader.next()).isFalse();
    }
  }

  @Test
  void shouldRefuseAFileThatWasCutOff() throws IOException {
    Path file = written(3, 10, 1);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));

    assertThatThrownBy(() -> new FloatMatrix.Reader(file))
        .hasMessageEndingWith(
            "says 10 rows of 3 columns, which is 264 bytes, but has 263: it was not finished");
  }

  @Test
  void shouldRefuseAFileThatWasNeverClosed() throws IOException {
    Path file = folder.resolve("open");
    FloatMatrix.Writer writer = new FloatMatrix.Writer(file, 3);

    assertThatThrownBy(() -> new FloatMatrix.Reader(file)).hasMessageContaining("not finished");
    writer.close();
    new FloatMatrix.Reader(file).close();
  }

  @Test
  void shouldRefuseAnotherKindOfFile() throws IOException {
    Path file = Files.writeString(folder.resolve("text"), "x".repeat(100));

    assertThatThrownBy(() -> new FloatMatrix.Reader(file))
        .hasMessageEndingWith("is not a float matrix of version 1");
  }
}
