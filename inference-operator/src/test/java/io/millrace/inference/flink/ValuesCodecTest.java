package io.millrace.inference.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Values;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class ValuesCodecTest {
  private static byte[] bytes(Values values) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    ValuesCodec.write(values, out);
    return out.getCopyOfBuffer();
  }

  private static Values read(byte... bytes) throws IOException {
    return ValuesCodec.read(new DataInputDeserializer(bytes));
  }

  @Test
  void shouldKeepEveryBit() throws IOException {
    Values values = new Values(3);
    values.setDouble(0, Double.longBitsToDouble(0x7ff8_0000_dead_beefL));
    values.setText(1, "");

    assertThat(read(bytes(values))).isEqualTo(values);
    assertThat(read(bytes(values)).bitsAt(0)).isEqualTo(0x7ff8_0000_dead_beefL);
  }

  @Test
  void shouldHaveTheLayoutThatCheckpointsHold() throws IOException {
    assertThat(bytes(Values.of(258, null, "a")))
        .containsExactly(0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0, 1, 2, 0, 2, 2, 'a');
  }

  @Test
  void shouldHaveTheLayoutOfListsAndMapsThatCheckpointsHold() throws IOException {
    assertThat(bytes(Values.of(List.of(258))))
        .containsExactly(0, 0, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2);
    assertThat(bytes(Values.of(List.of(-0.0))))
        .containsExactly(0, 0, 0, 1, 4, 0, 0, 0, 1, -128, 0, 0, 0, 0, 0, 0, 0);
    assertThat(bytes(Values.of(List.of("a", ""))))
        .containsExactly(0, 0, 0, 1, 5, 0, 0, 0, 2, 2, 'a', 1);
    assertThat(bytes(Values.of(Map.of("a", -0.0))))
        .containsExactly(0, 0, 0, 1, 6, 0, 0, 0, 1, 2, 'a', -128, 0, 0, 0, 0, 0, 0, 0);
    assertThat(bytes(Values.of(List.of()))).containsExactly(0, 0, 0, 1, 3, 0, 0, 0, 0);
  }

  @Test
  void shouldReadBackRandomListsAndMaps() throws IOException {
    long seed = 31;
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      Values values = new Values(6);
      List<Double> doubles = new ArrayList<>();
      List<Long> longs = new ArrayList<>();
      List<String> texts = new ArrayList<>();
      Map<String, Double> map = new HashMap<>();
      for (int item = random.nextInt(5); item > 0; item--) {
        doubles.add(item == 1 ? -0.0 : item == 2 ? Double.NaN : random.nextGaussian());
        longs.add(random.nextLong());
        texts.add("æ\ud834\udd1e\0".repeat(random.nextInt(3)));
        map.put("\ud834\udd1e" + random.nextInt(9), doubles.get(0));
      }
      values.setList(0, longs);
      values.setList(1, doubles);
      values.setList(2, texts);
      values.setMap(3, map);
      values.setDouble(4, -0.0);
      assertThat(read(bytes(values))).as("seed %d, row %d", seed, i).isEqualTo(values);
    }
  }

  @Test
  void shouldRefuseBytesThatAreNoVector() {
    assertThatThrownBy(() -> read((byte) -1, (byte) 0, (byte) 0, (byte) 0))
        .hasMessage("a vector of -16777216 values; 0 to 65535 are read");
    assertThatThrownBy(() -> read((byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 9))
        .hasMessage("value 0 of a vector has the kind 9");
    assertThatThrownBy(
            () ->
                read(
                    (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 4, (byte) -1, (byte) 0, (byte) 0,
                    (byte) 0))
        .hasMessage("a list or map of a vector has -16777216 items");
    // A count that the bytes do not bear out is no reason to allocate.
    assertThatThrownBy(
            () ->
                read(
                    (byte) 0,
                    (byte) 0,
                    (byte) 0,
                    (byte) 1,
                    (byte) 3,
                    (byte) 127,
                    (byte) -1,
                    (byte) -1,
                    (byte) -1))
        .isInstanceOf(EOFException.class);
  }
}
