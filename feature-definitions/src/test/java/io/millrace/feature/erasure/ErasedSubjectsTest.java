package io.millrace.feature.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.feature.ValueType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ErasedSubjectsTest {
  private static final byte[] SECRET = new byte[SubjectHash.SECRET_BYTES];

  private static Erasure erasure(
      String id, String value, Erasure.Phase phase, long until, long at) {
    return new Erasure(id, "card", new SubjectHash(SECRET).of("card", value), phase, until, at);
  }

  @Test
  void shouldRefuseEverythingOfASubjectUntilItsErasureIsDone() {
    ErasedSubjects subjects = new ErasedSubjects(SECRET);
    assertThat(subjects.reach(1, 1)).isFalse();
    subjects.add(erasure("e", "a", Erasure.Phase.CLOSE, 100, 1_000));
    assertThat(subjects.of("card", "a", 5_000, 9_000)).isPresent();
    assertThat(subjects.of("card", "b", 5, 9)).isEmpty();
    assertThat(subjects.of("shop", "a", 5, 9)).as("another column").isEmpty();
    assertThat(subjects.of("card", null, 5, 9)).isEmpty();

    subjects.add(erasure("e", "a", Erasure.Phase.OPEN, 100, 2_000));
    assertThat(subjects.of("card", "a", 100, 9_000)).as("it happened before").isPresent();
    assertThat(subjects.of("card", "a", 101, 2_000)).as("it was in a topic").isPresent();
    assertThat(subjects.of("card", "a", 101, 2_001)).as("a new subject's").isEmpty();
    assertThat(subjects.reach(101, 2_001)).isFalse();
    assertThat(subjects.names("card", "a")).isTrue();
  }

  @Test
  void shouldKeepErasuresOfOneSubjectApart() {
    ErasedSubjects subjects = new ErasedSubjects(SECRET);
    subjects.add(erasure("first", "a", Erasure.Phase.OPEN, 100, 1_000));
    subjects.add(erasure("second", "a", Erasure.Phase.OPEN, 300, 3_000));
    assertThat(subjects.of("card", "a", 50, 500).orElseThrow().id()).isEqualTo("first");
    assertThat(subjects.of("card", "a", 200, 4_000).orElseThrow().id()).isEqualTo("second");
  }

  @Test
  void shouldNameASubjectByTheStoresSecretAlone() {
    byte[] other = SECRET.clone();
    other[0] = 1;
    SubjectHash hash = new SubjectHash(SECRET);
    assertThat(hash.of("card", "a")).hasSize(64).isEqualTo(hash.of("card", "a"));
    assertThat(hash.of("card", "a"))
        .isNotEqualTo(hash.of("card", "b"))
        .isNotEqualTo(hash.of("cart", "a"))
        .isNotEqualTo(new SubjectHash(other).of("card", "a"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SubjectHash(Arrays.copyOf(SECRET, 31)))
        .withMessage("a store's secret has 32 bytes, but this one has 31");
  }

  @Test
  void shouldReadValuesAsKeysSpellThem() {
    assertThat(Subject.of("n", "007", ValueType.INT64).value()).isEqualTo("7");
    assertThat(Subject.of("t", "1970-01-01T00:00:01Z", ValueType.TIMESTAMP).value())
        .isEqualTo("1000");
    assertThat(Subject.of("s", "a|b", ValueType.STRING)).hasToString("s=(a subject)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Subject.of("n", "seven", ValueType.INT64))
        .withMessage("the value of n is a whole number of 64 bits, but \"seven\" was given");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Subject.of("b", "yes", ValueType.BOOL))
        .withMessage("the value of b is true or false, but \"yes\" was given");
  }
}
