package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
  @Test
  void shouldWriteAndReadTheGoldenBytes() {
    assertThat(HexFormat.of().formatHex(Heartbeat.encode(1357041600123L)))
        .isEqualTo("0000013bf5fb867b");
    assertThat(Heartbeat.decode(HexFormat.of().parseHex("0000013bf5fb867b")))
        .contains(1357041600123L);
  }

  @Test
  void shouldSayThatARecordIsNoHeartbeat() {
    assertThat(Heartbeat.timeOf(null)).isEmpty();
    assertThat(Heartbeat.timeOf(new RecordHeader(Heartbeat.HEADER, (byte[]) null))).isEmpty();
    assertThat(Heartbeat.timeOf(new RecordHeader(Heartbeat.HEADER, new byte[7]))).isEmpty();
    assertThat(Heartbeat.timeOf(new RecordHeader(Heartbeat.HEADER, new byte[8]))).contains(0L);
  }
}
