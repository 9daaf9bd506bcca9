package io.millrace.schema;

/** A record's bytes are not what its topic promises: a dead letter, not a crash. */
public final class MalformedRecordException extends Exception {
  /** The bytes cannot be read. */
  public static final String MALFORMED = "malformed";

  /** The record names a schema that the registry does not have. */
  public static final String UNKNOWN_SCHEMA = "unknown-schema";

  private static final long serialVersionUID = 1;

  private final String reason;

  /**
   * @param reason one word that can be counted, {@link #MALFORMED} or {@link #UNKNOWN_SCHEMA}
   * @param detail what is wrong and what would mend it, for people
   */
  public MalformedRecordException(String reason, String detail) {
    // No stack trace: a topic of garbage makes a million of these, and none of them is our mistake.
    super(detail, null, false, false);
    this.reason = reason;
  }

  /** One word, as a {@link io.millrace.feature.DeadLetter} counts it. */
  public String reason() {
    return reason;
  }
}
