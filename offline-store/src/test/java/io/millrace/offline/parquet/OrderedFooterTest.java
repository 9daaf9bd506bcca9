package io.millrace.offline.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Values;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrderedFooterTest {
  private static final List<OutputColumn> COLUMNS =
      List.of(
          new OutputColumn("who", OutputColumn.Kind.STRING),
          new OutputColumn("delay", OutputColumn.Kind.INT64));

  @TempDir Path folder;

  @Test
  void shouldListEncodingsInOneOrderWhateverTheProcessMakesOfThem() throws IOException {
    Path file = folder.resolve("rows.parquet");
    try (ValuesWriter writer = ValuesWriter.create(COLUMNS, file)) {
      for (int i = 0; i < 1_000; i++) {
        writer.write(Values.of("w" + i % 7, (long) i % 50), new Values(0));
      }
    }
    byte[] written = Files.readAllBytes(file);
    FileMetaData footer = footer(written);
    for (ColumnChunk column : footer.getRow_groups().get(0).getColumns()) {
      List<Encoding> encodings = column.getMeta_data().getEncodings();
      assertThat(encodings).hasSizeGreaterThan(1).isSorted();
      Collections.reverse(encodings);
    }
    byte[] otherwise = withFooter(written, footer);
    assertThat(otherwise).hasSameSizeAs(written).isNotEqualTo(written);

    ByteArrayOutputStream again = new ByteArrayOutputStream();
    OrderedFooter.write(otherwise, again);
    assertThat(again.toByteArray()).isEqualTo(written);
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      assertThat(rows.rows()).isEqualTo(1_000);
    }
  }

  private static int footerBytes(byte[] file) {
    return ByteBuffer.wrap(file, file.length - 8, 4).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private static FileMetaData footer(byte[] file) throws IOException {
    int length = footerBytes(file);
    return Util.readFileMetaData(new ByteArrayInputStream(file, file.length - 8 - length, length));
  }

  private static byte[] withFooter(byte[] file, FileMetaData footer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(file, 0, file.length - 8 - footerBytes(file));
    Util.writeFileMetaData(footer, out);
    out.write(Arrays.copyOfRange(file, file.length - 8, file.length));
    return out.toByteArray();
  }
}
