package io.millrace.server.erase;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Definitions;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.erasure.CardDefinitions;
import io.millrace.feature.erasure.Subject;
import io.millrace.schema.EventCodec;
import io.millrace.schema.LocalSchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LettersOfSubjectTest {
  private static final byte[] NOTHING = new byte[0];

  @TempDir Path folder;
  private final LocalSchemaRegistry registry = new LocalSchemaRegistry();
  private Definitions definitions;
  private EventCodec codec;

  @BeforeEach
  void define() throws Exception {
    CardDefinitions.write(folder);
    definitions = DefinitionFiles.load(folder, Map.of());
    codec = new EventCodec(definitions.source("payments"), registry);
  }

  @Test
  void shouldFindLettersAboutAFeatureByTheKeyTheyName() {
    LettersOfSubject letters = letters("N1");
    assertThat(letters)
        .accepts(
            overflow("key N1 of card_v1"),
            overflow("key s|N1 of pair_v1"),
            coarsened("key N1 of card_v1"),
            coarsened("key N1|N1 of pair_v1"))
        .rejects(
            overflow("key N12 of card_v1"),
            overflow("key N1 x of card_v1"),
            overflow("key N1|s of pair_v1"),
            overflow("key N1 of shop_v1"),
            coarsened("key N1 of shop_v1"));
    // A bar or a backslash inside a value is written with a backslash before it.
    assertThat(letters("a|b\\c"))
        .accepts(overflow("key a\\|b\\\\c of card_v1"), coarsened("key s|a\\|b\\\\c of pair_v1"))
        .rejects(overflow("key a|b of pair_v1"));
    // A value may look like the text around it.
    assertThat(letters("x of card_v1 as of y"))
        .accepts(overflow("key x of card_v1 as of y of card_v1"));
  }

  @Test
  void shouldFindOthersByTheirPayloadOrByWhatNamesTheSubject() {
    LettersOfSubject letters = letters("N1");
    byte[] own = codec.encode(Values.of("N1", "s", Instant.EPOCH));
    byte[] ofShop = codec.encode(Values.of("N2", "N1", Instant.EPOCH));
    assertThat(letters)
        .accepts(
            letter("positive", "it is not so", own),
            letter("malformed", "cut off", "....N1..".getBytes(StandardCharsets.UTF_8)),
            letter("malformed", "card is \"N1\"", NOTHING))
        .rejects(
            letter("positive", "it has N1 as its shop", ofShop),
            letter("malformed", "card is \"N12\"", NOTHING),
            letter("erased", "it is of a subject that erasure 0-N1-0 took out", NOTHING));
  }

  private LettersOfSubject letters(String card) {
    return new LettersOfSubject(new Subject("card", card), definitions, registry);
  }

  private static DeadLetter overflow(String key) {
    return letter(
        "overflow",
        "spent of " + key + " as of 2026-01-01T00:00:00Z is no 64-bit integer, so the row has null",
        NOTHING);
  }

  private static DeadLetter coarsened(String key) {
    return letter("coarsened", key + " has more events in a window than are kept apart", NOTHING);
  }

  private static DeadLetter letter(String reason, String detail, byte[] value) {
    return new DeadLetter("payments", new Position("payments", 0, 1), 0, reason, detail, value);
  }
}
