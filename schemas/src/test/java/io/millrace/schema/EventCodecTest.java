package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Values;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventCodecTest {
  private static final Values FULL =
      Values.of(1357041600123L, -7, 1L << 40, 0.5, -2.25, "Z\u00fcrich \u2708", "LARGE", true);
  private static final Values NULLS = Values.of(0L, 0, null, 0.0, null, null, "SMALL", false);

  private final LocalSchemaRegistry registry = new LocalSchemaRegistry();
  private final EventCodec v1 = new EventCodec(source("event-v1.avsc"), registry);
  private final EventCodec v2 = new EventCodec(source("event-v2.avsc"), registry);

  private static EventSource source(String schemaFile) {
    String avro = GoldenFile.text(schemaFile);
    return new EventSource(
        "samples",
        "samples-topic",
        AvroRows.rowSchema(new Schema.Parser().parse(avro)),
        avro,
        new EventTime("at", Duration.ZERO, Duration.ZERO),
        List.of(),
        Optional.empty(),
        List.of());
  }

  @Test
  void shouldWriteTheGoldenBytes() {
    assertThat(v1.encode(FULL)).isEqualTo(GoldenFile.bytes("events-v1.txt", "full"));
    assertThat(v1.encode(NULLS)).isEqualTo(GoldenFile.bytes("events-v1.txt", "nulls"));
    assertThat(registry.subjects()).containsExactly("samples-topic-value");
  }

  @Test
  void shouldReadTheGoldenBytes() throws MalformedRecordException {
    v1.register();

    assertThat(v1.decode(GoldenFile.bytes("events-v1.txt", "full"))).isEqualTo(FULL);
    assertThat(v1.decode(GoldenFile.bytes("events-v1.txt", "nulls"))).isEqualTo(NULLS);
  }

  static List<GoldenFile.Case> invalid() {
    return GoldenFile.cases("events-invalid.txt");
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void shouldRefuseWhatIsNoEvent(GoldenFile.Case invalid) {
    v1.register();

    assertThatThrownBy(() -> v1.decode(invalid.bytes()))
        .isInstanceOfSatisfying(
            MalformedRecordException.class, e -> assertThat(e.reason()).isEqualTo("malformed"))
        .hasMessageContaining(invalid.message());
  }

  @Test
  void shouldReadWhatAnOlderSchemaWrote() throws MalformedRecordException {
    byte[] old = v1.encode(FULL);
    byte[] nulls = v1.encode(NULLS);

    assertThat(v2.decode(old))
        .isEqualTo(Values.of(1357041600123L, -7, "none", -2.25, "LARGE", true));
    assertThat(v2.decode(nulls)).isEqualTo(Values.of(0L, 0, "none", null, "SMALL", false));
    assertThat(v2.decode(v2.encode(v2.decode(old)))).isEqualTo(v2.decode(old));
  }

  @Test
  void shouldReadOnAfterABadRecordOfAnOlderSchema() throws MalformedRecordException {
    byte[] good = v1.encode(FULL);
    for (int length = 5; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> v2.decode(cut)).isInstanceOf(MalformedRecordException.class);
      assertThat(v2.decode(good).textAt(4)).isEqualTo("LARGE");
    }
  }

  @Test
  void shouldCallASchemaThatCannotBeResolvedMalformed() {
    int id =
        registry.register(
            "other",
            "{\"type\":\"record\",\"name\":\"Sample\",\"namespace\":\"io.millrace.test\","
                + "\"fields\":[{\"name\":\"at\",\"type\":\"string\"}]}");
    byte[] record = {0, 0, 0, 0, (byte) id, 2, 'x'};

    assertThatThrownBy(() -> v1.decode(record))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("the bytes are no io.millrace.test.Sample as schema " + id);
  }

  @Test
  void shouldAskAgainForAnUnknownSchemaAfterAMinute() {
    AtomicLong nanos = new AtomicLong();
    EventCodec codec = new EventCodec(source("event-v1.avsc"), registry, nanos::get);
    byte[] record = HexFormat.of().parseHex("000000004d00");

    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(() -> codec.decode(record))
          .isInstanceOfSatisfying(
              MalformedRecordException.class,
              e -> assertThat(e.reason()).isEqualTo("unknown-schema"))
          .hasMessageContaining("no schema with the id 77");
    }
    assertThat(registry.asked()).isEqualTo(1);

    nanos.set(Duration.ofMinutes(1).toNanos());
    assertThatThrownBy(() -> codec.decode(record)).isInstanceOf(MalformedRecordException.class);
    assertThat(registry.asked()).isEqualTo(2);
  }

  @Test
  void shouldNameTheFieldThatMustNotBeNull() throws MalformedRecordException {
    assertThatThrownBy(() -> v1.encode(Values.of(1L, null, null, 0.0, null, null, "SMALL", false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("io.millrace.test.Sample.count must not be null");

    assertThat(v1.decode(v1.encode(FULL))).isEqualTo(FULL);
  }

  @Test
  void shouldNameTheFieldThatIsTooLargeOrNoSymbol() {
    assertThatThrownBy(
            () -> v1.encode(Values.of(1L, 1L << 31, null, 0.0, null, null, "SMALL", false)))
        .hasMessageContaining("Sample.count is an Avro int")
        .hasMessageContaining("2147483648");
    assertThatThrownBy(() -> v1.encode(Values.of(1L, 1, null, 0.0, null, null, "HUGE", false)))
        .hasMessage(
            "io.millrace.test.Sample.kind is an enum of [SMALL, LARGE], but the value is HUGE");
  }

  @Test
  void shouldNeverCrashOnHostileBytes() {
    long seed = 20_130_101;
    Random random = new Random(seed);
    byte[] good = v1.encode(FULL);
    v2.register();
    int refused = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = mutated(good, random);
      for (EventCodec codec : List.of(v1, v2)) {
        try {
          Values values = codec.decode(bytes);
          assertThat(values).isNotNull();
        } catch (MalformedRecordException e) {
          refused++;
          assertThat(e.reason()).isIn("malformed", "unknown-schema");
        } catch (Throwable e) {
          throw new AssertionError(
              "seed " + seed + ", mutation " + i + ": " + HexFormat.of().formatHex(bytes), e);
        }
      }
    }
    assertThat(refused).as("seed %d", seed).isBetween(50_000, 199_000);
  }

  private static byte[] mutated(byte[] good, Random random) {
    byte[] bytes = good.clone();
    int changes = 1 + random.nextInt(4);
    for (int c = 0; c < changes; c++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes = Arrays.copyOf(bytes, 1 + at);
        case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(9));
        default ->
            Arrays.fill(bytes, at, bytes.length, (byte) (random.nextBoolean() ? 0xFF : 0x7F));
      }
      // Most should come past the frame, into the values.
      if (bytes.length >= 5 && random.nextInt(20) > 0) {
        System.arraycopy(good, 0, bytes, 0, 5);
      }
    }
    return bytes;
  }

  @Test
  void shouldRefuseASourceWhoseColumnsAreNotThoseOfItsSchema() {
    EventSource source = source("event-v1.avsc");
    EventSource other =
        new EventSource(
            source.name(),
            source.topic(),
            source("event-v2.avsc").schema(),
            source.avro(),
            source.time(),
            List.of(),
            Optional.empty(),
            List.of());

    assertThatThrownBy(() -> new EventCodec(other, registry))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Sample has no field total");
  }
}
