package io.millrace.feature.erasure;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The name of a subject in everything that is written down: {@code HMAC-SHA256(secret, column 0x00
 * value)}, in hexadecimal. Who does not have the store's secret cannot tell of whom it is, also not
 * by trying all values. Not thread-safe.
 */
public final class SubjectHash {
  /** How long a secret is. */
  public static final int SECRET_BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";

  private final Mac mac;

  /**
   * @throws IllegalArgumentException if the secret has another length than {@link #SECRET_BYTES}
   */
  public SubjectHash(byte[] secret) {
    if (secret.length != SECRET_BYTES) {
      throw new IllegalArgumentException(
          "a store's secret has " + SECRET_BYTES + " bytes, but this one has " + secret.length);
    }
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  /** The name of a subject. */
  public String of(String column, String value) {
    mac.update(column.getBytes(StandardCharsets.UTF_8));
    mac.update((byte) 0);
    return HexFormat.of().formatHex(mac.doFinal(value.getBytes(StandardCharsets.UTF_8)));
  }
}
