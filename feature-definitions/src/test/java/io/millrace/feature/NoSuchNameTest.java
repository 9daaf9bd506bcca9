package io.millrace.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NoSuchNameTest {
  @Test
  void shouldShowWhyANameThatLooksLikeAnotherIsNone() {
    assertThat(NoSuchName.among(List.of("carrier", "tail"), "feature view", "carrier\u200b"))
        .hasMessage("no feature view is named carrier\\u200b; there are [carrier, tail]");
    assertThat(NoSuchName.among(List.of("carrier"), "feature view", " carrier\r"))
        .hasMessage("no feature view is named \\u0020carrier\\u000d; there are [carrier]");
  }
}
