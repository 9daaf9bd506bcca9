package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureContractTest {
  private final FeatureContract contract = FeatureContract.of(FeatureRowCodecTest.COLUMNS);

  @Test
  void shouldReadTheGoldenFile() {
    String golden = GoldenFile.text("contract-v1.json");

    assertThat(FeatureContract.fromJson(golden)).isEqualTo(contract);
    assertThat(golden).contains(contract.hash());
    assertThat(FeatureContract.fromJson(contract.toJson())).isEqualTo(contract);
  }

  @Test
  void shouldRefuseAnEditedFile() {
    assertThatThrownBy(() -> FeatureContract.fromJson(GoldenFile.text("contract-edited.json")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the feature contract was edited: its hash is " + contract.hash());
  }

  @Test
  void shouldRefuseWhatIsNoContract() {
    assertThatThrownBy(
            () -> FeatureContract.fromJson(GoldenFile.text("contract-unknown-type.json")))
        .hasMessageContaining("[INT64, FLOAT64, STRING, BOOL, TIMESTAMP, INT64_LIST, ")
        .hasMessageContaining("DECIMAL");
    assertThatThrownBy(() -> FeatureContract.fromJson("{}"))
        .hasMessage("the feature contract has no array named features");
    assertThatThrownBy(() -> FeatureContract.fromJson("{"))
        .hasMessageStartingWith("the feature contract is no JSON: ");
  }

  @Test
  void shouldListEveryDifference() {
    RowSchema other =
        new RowSchema(
            "other",
            List.of(
                Field.nullable("x", ValueType.FLOAT64),
                Field.nullable("n", ValueType.FLOAT64),
                Field.nullable("city", ValueType.STRING),
                Field.nullable("at", ValueType.TIMESTAMP),
                Field.nullable("new", ValueType.BOOL),
                Field.nullable("note", ValueType.STRING)));

    assertThatThrownBy(() -> contract.requireSame(FeatureContract.of(other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the features are not those of the contract: n is FLOAT64 instead of INT64; x is at"
                + " position 0 instead of 1; ok is missing; at is at position 3 instead of 4; new"
                + " is too many");
  }

  @Test
  void shouldNotCareForNullsAndTheSchemasName() {
    RowSchema required =
        new RowSchema(
            "renamed",
            FeatureRowCodecTest.COLUMNS.fields().stream()
                .map(f -> Field.required(f.name(), f.type()))
                .toList());

    assertThatCode(() -> contract.requireSame(FeatureContract.of(required)))
        .doesNotThrowAnyException();
    assertThat(FeatureContract.of(required).hash()).isEqualTo(contract.hash()).hasSize(64);
  }
}
