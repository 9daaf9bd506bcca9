package io.millrace.schema;

/** The registry has no Avro schema of an id. */
public final class UnknownSchemaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UnknownSchemaException(String message) {
    super(message);
  }
}
