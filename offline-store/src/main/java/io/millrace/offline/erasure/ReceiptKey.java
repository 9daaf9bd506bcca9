package io.millrace.offline.erasure;

import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.StorePlace;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/**
 * The Ed25519 key that a store signs its receipts with: {@code _erasure/receipt-key}, for the owner
 * alone, made at first use, and its public half beside it in {@code receipt-key.pub}.
 */
final class ReceiptKey {
  static final String ALGORITHM = "Ed25519";

  /** The name of the public half. */
  static final String PUBLIC = "receipt-key.pub";

  private final PrivateKey key;
  private final byte[] published;

  private ReceiptKey(PrivateKey key, byte[] published) {
    this.key = key;
    this.published = published;
  }

  /** Where the public half is, for messages. */
  static String publicPlace(StorePlace store) {
    return OwnFiles.place(store, PUBLIC);
  }

  /** The store's, made if there is none: private and public half in one file, as it is secret. */
  static ReceiptKey of(StorePlace store) {
    byte[] stored = OwnFiles.madeOnce(store, "receipt-key", true, ReceiptKey::made);
    String[] halves = new String(stored, StandardCharsets.US_ASCII).split("\n");
    byte[] published =
        OwnFiles.madeOnce(
            store, PUBLIC, false, () -> halves[1].getBytes(StandardCharsets.US_ASCII));
    try {
      return new ReceiptKey(
          KeyFactory.getInstance(ALGORITHM)
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(halves[0]))),
          Base64.getDecoder().decode(new String(published, StandardCharsets.US_ASCII).strip()));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new OfflineException(
          "the receipt key in " + store.root() + " is damaged; put it back from a copy", e);
    }
  }

  private static byte[] made() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
      Base64.Encoder base64 = Base64.getEncoder();
      return (base64.encodeToString(pair.getPrivate().getEncoded())
              + "\n"
              + base64.encodeToString(pair.getPublic().getEncoded())
              + "\n")
          .getBytes(StandardCharsets.US_ASCII);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  /** X.509. */
  byte[] published() {
    return published.clone();
  }

  byte[] sign(byte[] content) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(key);
      signature.update(content);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a key of this class signs", e);
    }
  }

  /** Whether who has the key signed exactly this; false also of a key that is none. */
  static boolean verifies(byte[] published, byte[] content, byte[] signed) {
    try {
      PublicKey key =
          KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(published));
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initVerify(key);
      signature.update(content);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
