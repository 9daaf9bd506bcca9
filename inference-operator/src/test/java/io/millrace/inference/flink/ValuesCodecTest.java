package io.millrace.inference.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Values;
import java.io.IOException;
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
  void shouldRefuseBytesThatAreNoVector() {
    assertThatThrownBy(() -> read((byte) -1, (byte) 0, (byte) 0, (byte) 0))
        .hasMessage("a vector of -16777216 values; 0 to 65535 are read");
    assertThatThrownBy(() -> read((byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 9))
        .hasMessage("value 0 of a vector has the kind 9");
  }
}
