package io.millrace.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ValuesTest {
  @Test
  void shouldWidenTheItemsOfBoxedLists() {
    Values values = Values.of(List.of(1, 2L), List.of(0.5f, -0.0), List.of(new StringBuilder("a")));

    assertThat(values.objectAt(0)).isEqualTo(List.of(1L, 2L));
    assertThat(values.objectAt(1)).isEqualTo(List.of(0.5, -0.0));
    assertThat(values.objectAt(2)).isEqualTo(List.of("a"));
  }

  @Test
  void shouldRefuseNullsAndOtherThingsInLists() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Values.of("x", Arrays.asList(1, null)))
        .withMessage("a list holds no null; it was given at position 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Values.of(List.of(true)))
        .withMessage("a list holds no java.lang.Boolean; it was given at position 0");
  }

  @Test
  void shouldTellNullFromEmptyAndZerosOfBothSignsApart() {
    assertThat(Values.of(List.of())).isNotEqualTo(Values.of((Object) null));
    assertThat(Values.of(List.of(0.0))).isNotEqualTo(Values.of(List.of(-0.0)));
    assertThat(Values.of(Map.of("a", 0.0))).isNotEqualTo(Values.of(Map.of("a", -0.0)));
    assertThat(Values.of(List.of(Double.NaN))).isEqualTo(Values.of(List.of(Double.NaN)));
  }

  @Test
  void shouldShowOfALongListOnlyHowLongItIs() {
    RowSchema schema =
        new RowSchema(
            "r",
            List.of(
                Field.nullable("few", ValueType.INT64_LIST),
                Field.nullable("many", ValueType.STRING_LIST)));

    assertThat(Values.of(List.of(1, 2), Collections.nCopies(17, "x")).toString(schema))
        .isEqualTo("{few=[1, 2], many=(17 items)}");
  }

  @ParameterizedTest
  @EnumSource(
      value = ValueType.class,
      names = {"FLOAT64", "INT64_LIST", "FLOAT64_LIST", "STRING_LIST", "FLOAT64_MAP"})
  void shouldMakeNoKeyOfWhatTellsNoEntitiesApart(ValueType type) {
    RowSchema schema = new RowSchema("r", List.of(Field.nullable("k", type)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyReader.of(List.of("k"), schema))
        .withMessage("r.k is " + type + ", which cannot be a key");
  }
}
