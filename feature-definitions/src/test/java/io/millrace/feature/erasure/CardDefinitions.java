package io.millrace.feature.erasure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Definitions with views of a card, of a shop, and of both, for tests of erasing a card. */
public final class CardDefinitions {
  private static final String SCHEMA =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "%s"},
        {"name": "shop", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;
  private static final String CARD =
      """
      kind: EventSource
      name: payments
      topic: payments
      schema: payment.avsc
      event-time: {field: at}
      ---
      kind: FeatureView
      name: card
      entity: {keys: [card]}
      source: payments
      features: {payments: {count: "*"}}
      """;
  private static final String SHOP_TOO =
      """
      ---
      kind: FeatureView
      name: pair
      entity: {keys: [shop, card]}
      source: payments
      features: {payments: {count: "*"}}
      ---
      kind: FeatureView
      name: shop
      entity: {keys: [shop]}
      source: payments
      features: {payments: {count: "*"}}
      """;

  private CardDefinitions() {}

  /** Writes them: the source payments, and the views card, pair of shop and card, and shop. */
  public static void write(Path folder) throws IOException {
    write(folder, "string", CARD + SHOP_TOO);
  }

  /** Writes the source and the view card alone; cards are whole numbers. */
  public static void writeNumbered(Path folder) throws IOException {
    write(folder, "long", CARD);
  }

  private static void write(Path folder, String typeOfCard, String definitions) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("payment.avsc"), SCHEMA.formatted(typeOfCard));
    Files.writeString(folder.resolve("definitions.yaml"), definitions);
  }
}
