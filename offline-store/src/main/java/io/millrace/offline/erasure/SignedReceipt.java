package io.millrace.offline.erasure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;

/**
 * A receipt with its signature. Stateless.
 *
 * <pre>
 * {"receipt": {...}, "algorithm": "Ed25519", "public-key": X.509 in Base64, "signature": Base64}
 * </pre>
 *
 * What is signed is the receipt's JSON without white space outside of texts, fields in their order.
 */
public final class SignedReceipt {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SignedReceipt() {}

  /**
   * The receipt, signed with the store's key, which is made at first use; ends with a line feed.
   */
  public static String sign(OfflineStore store, ObjectNode receipt) {
    ReceiptKey key = ReceiptKey.of(store);
    ObjectNode signed = JSON.createObjectNode();
    signed.set("receipt", receipt);
    signed.put("algorithm", ReceiptKey.ALGORITHM);
    signed.put("public-key", Base64.getEncoder().encodeToString(key.published()));
    signed.put("signature", Base64.getEncoder().encodeToString(key.sign(bytes(receipt))));
    return signed.toPrettyString() + "\n";
  }

  /**
   * Reads a receipt whose signature is right.
   *
   * @param published the file of the store's public key; what the receipt itself says is not
   *     believed
   * @return the receipt
   * @throws OfflineException saying what is wrong, if anything is
   */
  public static JsonNode verify(Path file, Path published) {
    JsonNode signed;
    byte[] key;
    try {
      signed = JSON.readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new OfflineException("there is no receipt " + file + "; mend the path", e);
    } catch (IOException e) {
      throw new OfflineException(file + " is no receipt: " + e.getMessage(), e);
    }
    try {
      key =
          Base64.getDecoder()
              .decode(Files.readString(published, StandardCharsets.US_ASCII).strip());
    } catch (IOException | IllegalArgumentException e) {
      throw new OfflineException(published + " is no public key of a store: " + e, e);
    }
    JsonNode receipt = signed.path("receipt");
    byte[] signature;
    try {
      signature = Base64.getDecoder().decode(signed.path("signature").asText());
    } catch (IllegalArgumentException e) {
      signature = new byte[0];
    }
    if (!receipt.isObject() || !ReceiptKey.verifies(key, bytes(receipt), signature)) {
      throw new OfflineException(
          file
              + " is not what the store of "
              + published
              + " signed: it was changed, or another store's key signed it");
    }
    return receipt;
  }

  /** Where a store publishes its key. */
  public static Path publicKey(OfflineStore store) {
    return ReceiptKey.publicFile(store);
  }

  private static byte[] bytes(JsonNode receipt) {
    try {
      return JSON.writeValueAsBytes(receipt);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can be written", e);
    }
  }
}
