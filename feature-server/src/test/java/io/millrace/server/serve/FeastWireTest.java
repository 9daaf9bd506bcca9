package io.millrace.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineValue;
import io.millrace.online.ValueStatus;
import io.millrace.server.serve.ServePlan.Lookup;
import io.millrace.server.serve.ServePlan.Output;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FeastWireTest {
  private static final List<ValueType> TYPES = List.of(ValueType.values());
  private static final List<String> TEXTS =
      List.of("", "N12345", "\u00e9\u4e2d\ud83d\ude00", "x".repeat(120), "y".repeat(20_000));
  private static final long[] LONGS = {0, 1, -1, 127, 128, 999, Long.MIN_VALUE, Long.MAX_VALUE};

  @Test
  void shouldWriteWhatProtobufWritesForAnyAnswer() throws Exception {
    long seed = Long.getLong("millrace.seed", 5);
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      FeatureAnswer answer = answer(random);
      boolean versions = random.nextBoolean();
      GetOnlineFeaturesResponse expected = FeastGrpc.response(answer, versions);

      byte[] bytes = FeastWire.response(answer, versions).toByteArray();

      assertThat(bytes)
          .as("answer %d of seed %d, %s", i, seed, expected)
          .isEqualTo(expected.toByteArray());
      assertThat(GetOnlineFeaturesResponse.parseFrom(bytes)).isEqualTo(expected);
    }
  }

  /** Two views of all types and what is computed, for a few rows or none. */
  private static FeatureAnswer answer(Random random) {
    int rows = random.nextInt(10) == 0 ? 300 : random.nextInt(4);
    RowSchema inputs = schema("request");
    List<Lookup> lookups = new ArrayList<>();
    List<Output> outputs = new ArrayList<>();
    OnlineValue[] found = new OnlineValue[2 * rows];
    for (int view = 0; view < 2; view++) {
      String name = "view" + view;
      RowSchema schema = schema(name);
      lookups.add(new Lookup(name, name + "_v1", 3, List.of(), null, schema, values(random)));
      for (int column = 0; column < schema.size(); column++) {
        Field field = schema.field(column);
        String shortName = field.name() + view;
        outputs.add(new Output(name, shortName, name + "__" + shortName, field, view, column));
      }
      for (int row = 0; row < rows; row++) {
        found[view * rows + row] = value(random, name + "_v1");
      }
    }
    int computed = outputs.size();
    outputs.add(
        new Output(
            "",
            "sum",
            "sum",
            Field.nullable("sum", ValueType.FLOAT64),
            ServePlan.COMPUTED,
            computed));
    Values[] requests = new Values[rows];
    Values[] vectors = new Values[rows];
    for (int row = 0; row < rows; row++) {
      requests[row] = values(random);
      vectors[row] = new Values(outputs.size());
      if (random.nextBoolean()) {
        vectors[row].setDouble(computed, random.nextGaussian());
      }
    }
    ServePlan plan = new ServePlan("all", inputs, lookups, outputs, Optional.empty(), Map.of());
    List<String> echoed = random.nextBoolean() ? List.of("string", "timestamp") : List.of();
    return new FeatureAnswer(plan, random.nextBoolean(), echoed, requests, found, vectors);
  }

  private static RowSchema schema(String name) {
    return new RowSchema(
        name,
        TYPES.stream()
            .map(type -> Field.nullable(type.name().toLowerCase(java.util.Locale.ROOT), type))
            .toList());
  }

  private static OnlineValue value(Random random, String view) {
    EntityKey entity = EntityKey.of("k");
    OnlineKey key = new OnlineKey(view, entity);
    return switch (random.nextInt(5)) {
      case 0 -> null;
      case 1 -> new OnlineValue(key, ValueStatus.NOT_FOUND, Optional.empty(), 0);
      default -> {
        long lastEventMs =
            switch (random.nextInt(4)) {
              case 0 -> -1_500;
              case 1 -> 5_000;
              case 2 -> 7;
              default -> 1_785_570_000_123L;
            };
        FeatureRow row =
            new FeatureRow(view, entity, lastEventMs + 1, lastEventMs, 1, values(random));
        yield new OnlineValue(
            key,
            random.nextInt(3) == 0 ? ValueStatus.OUTSIDE_MAX_AGE : ValueStatus.PRESENT,
            Optional.of(row),
            9);
      }
    };
  }

  private static Values values(Random random) {
    Values values = new Values(TYPES.size());
    for (int i = 0; i < TYPES.size(); i++) {
      if (random.nextInt(4) == 0) {
        continue;
      }
      long number = LONGS[random.nextInt(LONGS.length)];
      double real = random.nextInt(5) == 0 ? Double.NaN : random.nextInt(3) * -0.5;
      String text = TEXTS.get(random.nextInt(TEXTS.size()));
      switch (TYPES.get(i)) {
        case INT64 -> values.setLong(i, number);
        case TIMESTAMP -> values.setLong(i, number);
        case FLOAT64 -> values.setDouble(i, real);
        case BOOL -> values.setBoolean(i, random.nextBoolean());
        case STRING -> values.setText(i, text);
        case INT64_LIST -> values.setList(i, List.of(number, 300L));
        case FLOAT64_LIST -> values.setList(i, random.nextBoolean() ? List.of() : List.of(real));
        case STRING_LIST -> values.setList(i, List.of(text));
        case FLOAT64_MAP -> values.setMap(i, Map.of("a", real, text, 2.5));
      }
    }
    return values;
  }
}
