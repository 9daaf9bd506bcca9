package io.millrace.schema;

/** A schema was refused, since it cannot read what the subject's newest version wrote. */
public final class IncompatibleSchemaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String subject;

  /**
   * @param why what broke it, naming the fields
   */
  public IncompatibleSchemaException(String subject, String why) {
    super(
        "the schema was refused as the next version of "
            + subject
            + ": "
            + why
            + ". Give new fields a default and keep the types of the old ones, or use a new topic");
    this.subject = subject;
  }

  public String subject() {
    return subject;
  }
}
