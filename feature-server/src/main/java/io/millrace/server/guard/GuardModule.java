package io.millrace.server.guard;

import io.millrace.server.serve.ServeModule;
import io.millrace.server.serve.ServeSite;
import java.util.function.Predicate;

/**
 * The guard before all that the server has. To be the last of its modules, so that it sees every
 * request first.
 */
public final class GuardModule implements ServeModule, AutoCloseable {
  private final GuardOptions options;
  private final Predicate<String> exempt;
  private Guard guard;

  /**
   * @param exempt paths that pass without a token and are never turned away: health, and metrics
   *     where they may be seen by all
   */
  public GuardModule(GuardOptions options, Predicate<String> exempt) {
    this.options = options;
    this.exempt = exempt;
  }

  @Override
  public synchronized void addTo(ServeSite site) {
    guard = new Guard(options, site.options().requestTimeout(), site.metrics().registry());
    guard.protect(site.http());
    site.http().decorator(guard.decorator(exempt));
  }

  @Override
  public boolean needsTls() {
    return options.tls().isPresent();
  }

  /** Ends what watches the certificate; after the server. */
  @Override
  public synchronized void close() {
    if (guard != null) {
      guard.close();
    }
  }
}
