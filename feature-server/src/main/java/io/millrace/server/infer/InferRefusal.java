package io.millrace.server.infer;

/** A request that is not answered: why, for the caller, and what kind of refusal it is. */
public final class InferRefusal extends RuntimeException {
  /** What kind of refusal it is; it alone decides the status on each wire. */
  public enum Kind {
    /** The request is wrong. */
    INVALID,
    /** What it names is not there. */
    NOT_FOUND,
    /** The model or the store cannot answer now. */
    UNAVAILABLE
  }

  private final Kind kind;

  InferRefusal(Kind kind, String message) {
    // Without a stack trace: it is an answer, made once for every bad request.
    super(message, null, false, false);
    this.kind = kind;
  }

  static InferRefusal invalid(String message) {
    return new InferRefusal(Kind.INVALID, message);
  }

  static InferRefusal notFound(String message) {
    return new InferRefusal(Kind.NOT_FOUND, message);
  }

  static InferRefusal unavailable(String message) {
    return new InferRefusal(Kind.UNAVAILABLE, message);
  }

  public Kind kind() {
    return kind;
  }
}
