package io.millrace.server.serve;

import com.google.protobuf.InvalidProtocolBufferException;
import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.grpc.GrpcExceptionHandlerFunction;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Arrays;

/** Every gRPC error of ours: the refusal's message, and the code that its kind stands for. */
final class GrpcErrors implements GrpcExceptionHandlerFunction {
  private final ServeOptions options;

  GrpcErrors(ServeOptions options) {
    this.options = options;
  }

  @Override
  public Status apply(RequestContext ctx, Status status, Throwable cause, Metadata metadata) {
    // What the framework has a code for (a cancelled call, a message that is none) keeps it.
    if (!(cause instanceof Refusal)
        && status.getCode() != Status.Code.UNKNOWN
        && status.getCode() != Status.Code.INTERNAL) {
      return status;
    }
    return isUnreadable(cause) ? of(unreadable(cause)) : status(cause);
  }

  /** What a call ended with that threw. */
  Status status(Throwable thrown) {
    return of(Errors.refusal(thrown, options));
  }

  private static Status of(Refusal refusal) {
    return code(refusal.kind()).toStatus().withDescription(refusal.getMessage());
  }

  /**
   * Whether frame or message could not be read, which the framework calls a defect of ours. Nothing
   * of ours throws these: what we refuse is a {@link Refusal}.
   */
  private static boolean isUnreadable(Throwable cause) {
    return cause instanceof StatusRuntimeException
        || cause instanceof InvalidProtocolBufferException
        || (cause instanceof IndexOutOfBoundsException
            && Arrays.stream(cause.getStackTrace())
                .anyMatch(frame -> frame.getClassName().contains("Deframer")));
  }

  private static Refusal unreadable(Throwable cause) {
    Throwable first =
        cause instanceof StatusRuntimeException && cause.getCause() != null
            ? cause.getCause()
            : cause;
    return Refusal.invalid(
        "the message is not as the .proto file describes it: " + Refusal.shown(first.getMessage()));
  }

  static Status.Code code(Refusal.Kind kind) {
    return switch (kind) {
      case INVALID, MEDIA_TYPE -> Status.Code.INVALID_ARGUMENT;
      case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
      case FORBIDDEN -> Status.Code.PERMISSION_DENIED;
      case UNKNOWN -> Status.Code.NOT_FOUND;
      case METHOD -> Status.Code.UNIMPLEMENTED;
      case DEADLINE -> Status.Code.DEADLINE_EXCEEDED;
      case TOO_LARGE, BUSY -> Status.Code.RESOURCE_EXHAUSTED;
      case INTERNAL -> Status.Code.INTERNAL;
      case UNAVAILABLE -> Status.Code.UNAVAILABLE;
    };
  }
}
