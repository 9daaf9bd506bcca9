package io.millrace.feature.expression;

/** An expression that cannot be compiled; the message says why and what would do. */
public final class ExpressionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String text;
  private final int offset;

  /**
   * @param offset where in the text the mistake is, in chars from 0
   */
  public ExpressionException(String text, int offset, String message) {
    super(message);
    this.text = text;
    this.offset = offset;
  }

  public String text() {
    return text;
  }

  /** Where in the text the mistake is, in chars from 0. */
  public int offset() {
    return offset;
  }
}
