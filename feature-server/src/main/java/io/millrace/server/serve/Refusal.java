package io.millrace.server.serve;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * A request that is not answered. The message names what is wrong and the fix; the kind alone
 * decides the HTTP status, the gRPC code and the label of the counter.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final int MOST_NAMED = 30;

  /** Why, as clients and metrics see it. */
  public enum Kind {
    /** The request is not what it should be. */
    INVALID("invalid", 400),
    /** There are no credentials, or they are not known. */
    UNAUTHENTICATED("unauthenticated", 401),
    /** The credentials do not allow it. */
    FORBIDDEN("forbidden", 403),
    /** A name that nothing has. */
    UNKNOWN("unknown", 404),
    /** The path is there, but not with this method. */
    METHOD("method", 405),
    /** The answer would come after the request's deadline. */
    DEADLINE("deadline", 504),
    /** More bytes or rows than one request may have. */
    TOO_LARGE("too-large", 413),
    /** The body is of another kind than the path takes. */
    MEDIA_TYPE("media-type", 415),
    /** More requests than can be answered in time; try again. */
    BUSY("busy", 429),
    /** A defect of the server. */
    INTERNAL("internal", 500),
    /** What the answer is made of cannot be reached; try again. */
    UNAVAILABLE("unavailable", 503);

    private final String label;
    private final int httpStatus;

    Kind(String label, int httpStatus) {
      this.label = label;
      this.httpStatus = httpStatus;
    }

    /** What stands as {@code kind} in an error's JSON and in metrics. */
    public String label() {
      return label;
    }

    public int httpStatus() {
      return httpStatus;
    }
  }

  private final Kind kind;

  public Refusal(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Refusal(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** A request that is not what it should be. */
  public static Refusal invalid(String message) {
    return new Refusal(Kind.INVALID, message);
  }

  /** A name that nothing has, with the nearest that something has, or else all. */
  public static Refusal unknown(String what, String name, Collection<String> known) {
    return new Refusal(
        Kind.UNKNOWN, "there is no " + what + " " + shown(name) + Names.meant(name, known));
  }

  public Kind kind() {
    return kind;
  }

  /** A name or value of the request as a message may show it: short, and on one line. */
  public static String shown(Object value) {
    String text = String.valueOf(value);
    StringBuilder safe = new StringBuilder();
    text.codePoints().limit(80).forEach(c -> safe.appendCodePoint(isShowable(c) ? c : '\uFFFD'));
    return safe + (text.codePointCount(0, text.length()) > 80 ? "..." : "");
  }

  private static boolean isShowable(int codePoint) {
    return !Character.isISOControl(codePoint)
        && Character.getType(codePoint) != Character.SURROGATE;
  }

  static String list(Stream<String> names) {
    List<String> all = names.toList();
    return String.join(", ", all.subList(0, Math.min(all.size(), MOST_NAMED)))
        + (all.size() > MOST_NAMED ? " and " + (all.size() - MOST_NAMED) + " more" : "");
  }
}
