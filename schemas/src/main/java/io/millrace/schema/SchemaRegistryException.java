package io.millrace.schema;

/** The registry could not be asked, or did not answer as one; trying again may help. */
public final class SchemaRegistryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SchemaRegistryException(String message, Throwable cause) {
    super(message, cause);
  }
}
