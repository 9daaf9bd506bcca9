package io.millrace.server.serve;

/** A part of the server: some paths, some gRPC services, or a decorator over all of them. */
@FunctionalInterface
public interface ServeModule {
  /** Adds what the module has; called once, before the server starts. */
  void addTo(ServeSite site);

  /** Whether the server must speak TLS, with a certificate that this module sets. */
  default boolean needsTls() {
    return false;
  }
}
