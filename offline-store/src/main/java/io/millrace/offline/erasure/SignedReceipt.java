package io.millrace.offline.erasure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

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
  public static String sign(StorePlace store, ObjectNode receipt) {
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
    return verify(file.toString(), read(file), published.toString(), read(published));
  }

  /**
   * The same of a receipt that its store keeps, with the key that the store publishes.
   *
   * @param id of the erasure
   */
  public static JsonNode verify(StorePlace store, String id) {
    return verify(
        OwnFiles.place(store, nameOf(id)),
        OwnFiles.read(store, nameOf(id)),
        ReceiptKey.publicPlace(store),
        OwnFiles.read(store, ReceiptKey.PUBLIC));
  }

  private static String nameOf(String id) {
    return "receipts/" + id + ".json";
  }

  private static Optional<byte[]> read(Path file) {
    try {
      return Optional.of(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new OfflineException(file + " cannot be read: " + e, e);
    }
  }

  private static JsonNode verify(
      String file, Optional<byte[]> content, String published, Optional<byte[]> keyContent) {
    JsonNode signed;
    byte[] key;
    if (content.isEmpty()) {
      throw new OfflineException("there is no receipt " + file + "; mend the path");
    }
    if (keyContent.isEmpty()) {
      throw new OfflineException("there is no public key " + published + "; mend the path");
    }
    try {
      signed = JSON.readTree(content.get());
    } catch (IOException e) {
      throw new OfflineException(file + " is no receipt: " + e.getMessage(), e);
    }
    try {
      String text = new String(keyContent.get(), StandardCharsets.US_ASCII);
      key = Base64.getDecoder().decode(text.strip());
    } catch (IllegalArgumentException e) {
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
  public static String publicKey(StorePlace store) {
    return ReceiptKey.publicPlace(store);
  }

  /**
   * Puts a signed receipt into its store, in the place of one of an earlier call that did not end.
   *
   * @param id of the erasure
   * @return where it is
   * @throws OfflineException if it cannot be written
   */
  public static String keep(StorePlace store, String id, String signed) {
    String name = nameOf(id);
    StoreFiles files = store.files(OwnFiles.FOLDER);
    try {
      while (!files.create(name, signed.getBytes(StandardCharsets.UTF_8))) {
        files.delete(name);
      }
    } catch (IOException e) {
      throw new OfflineException(
          "the receipt cannot be written to "
              + OwnFiles.place(store, name)
              + " ("
              + e
              + "); run it again, or give --receipt",
          e);
    }
    return OwnFiles.place(store, name);
  }

  private static byte[] bytes(JsonNode receipt) {
    try {
      return JSON.writeValueAsBytes(receipt);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can be written", e);
    }
  }
}
