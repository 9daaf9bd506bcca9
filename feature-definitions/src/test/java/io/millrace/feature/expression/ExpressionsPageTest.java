package io.millrace.feature.expression;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExpressionsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "expressions.md");
  private static final RowSchema ROW =
      new RowSchema("row", List.of(Field.required("x", ValueType.INT64)));

  @Test
  void thePageInDocsIsWhatTheTableSays() throws Exception {
    if (Boolean.getBoolean("millrace.write-docs")) {
      Files.writeString(PAGE, ExpressionsPage.text());
    }
    assertThat(Files.readString(PAGE))
        .as("docs/expressions.md; write it anew with -Dmillrace.write-docs=true")
        .isEqualTo(ExpressionsPage.text());
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyExampleIsTrueInClosuresAndInTheCelRuntime(String example) {
    Values row = Values.of(1);
    assertThat(Expressions.compile(example, ROW).admits(row)).as(example).isTrue();
    assertThat(Expressions.compileForTheRuntime(example, ROW).admits(row)).as(example).isTrue();
  }

  static Stream<String> examples() {
    return Stream.concat(
        ExpressionsPage.OPERATORS.stream().map(ExpressionsPage.Operator::example),
        Functions.ALL.stream().map(Function::example));
  }

  @Test
  void everyExampleShowsItsFunction() {
    for (Function function : Functions.ALL) {
      assertThat(function.example())
          .containsAnyOf(
              function.name() + "(", (function.alias().isEmpty() ? "?" : function.alias()) + "(");
    }
  }
}
